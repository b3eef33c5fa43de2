// What failed, and what it took with it.
"use strict";

const port = name => make("button", { type: "button", class: "port", onclick: () => openPort(name) }, name);
function logLink(row, text = "log") {
  if (!row.log) return null;
  const href = source.logs + encodeURIComponent(row.log);
  return source.live ? make("button", { type: "button", class: "port", onclick: () => openPort(row.port) }, text) : make("a", { href }, text);
}

const FIRST = 10;
function drawFailures() {
  const failed = shown.rows.filter(row => row.result === "failed");
  const lost = shown.rows.length;
  if (shown.drawn.failed === `${failed.length} ${lost} ${shown.all}`) return;
  shown.drawn.failed = `${failed.length} ${lost} ${shown.all}`;
  $("#failures").hidden = failed.length === 0;
  $("#failures-title").textContent = failed.length ? `Failed (${number(failed.length)})` : "Failed";
  const because = new Map();
  for (const row of shown.rows) if (row.result === "skipped") {
    const culprit = row.info.split("->").pop();
    because.set(culprit, [...because.get(culprit) ?? [], row.port]);
  }
  // What takes most with it stands first.
  failed.sort((a, b) => (b.skips ?? 0) - (a.skips ?? 0) || a.index - b.index);
  const some = shown.all ? failed : failed.slice(0, FIRST);
  const open = new Set([...document.querySelectorAll("#failures details[open]")].map(details => details.dataset.port));
  $("#failures ol").replaceChildren(...some.map(row => failure(row, because.get(row.port) ?? [], open.has(row.port))));
  const more = $("#failures .more");
  more.hidden = failed.length <= FIRST || shown.all;
  more.textContent = `All ${number(failed.length)} failures`;
}

function failure(row, skipped, isOpen) {
  const item = make("li", {}, make("div", { class: "title" },
    port(row.port), make("span", {}, told(row)),
    row.class && row.class !== row.phase ? make("span", { class: "dim" }, row.class) : null,
    make("span", { class: "dim" }, `after ${clock(row.took)}`), logLink(row)));
  if (row.lines?.length) item.append(make("pre", {}, row.lines.join("\n")));
  if (row.skips) {
    item.append(make("details", { open: isOpen, "data-port": row.port }, make("summary", {}, `${number(row.skips)} skipped because of it`),
      make("ul", {}, ...skipped.map(name => make("li", {}, port(name))))));
  }
  return item;
}
