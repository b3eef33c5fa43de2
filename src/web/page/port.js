// One port: its part in the run, why, its builds, and what it is tied to.
"use strict";

function openPort(name) {
  choose({ port: name });
  const dialog = $("#port");
  $("#port-title").textContent = name;
  const row = shown.rows.find(row => row.port === name), slot = shown.state?.slots.find(slot => slot?.port === name);
  const body = dialog.querySelector("div");
  body.replaceChildren(...facts(name, row, slot));
  if (source.live) {
    const more = make("div"), log = make("div");
    body.append(more, log);
    portOfServer(name, more).catch(error => more.replaceChildren(make("p", { class: "dim" }, error.message)));
    readLog((row ?? slot)?.log ?? name.replace("/", "___") + ".log", log);
  } else {
    body.append(later(`Its builds in ${number(shown.runs.length)} runs`, box => buildsInFiles(name, found => box.replaceChildren(...found))));
  }
  if (!dialog.open) dialog.showModal();
}

function facts(name, row, slot) {
  const list = [], add = (label, ...what) => list.push(make("dt", {}, label), make("dd", {}, ...what));
  if (slot) add("Running", `${slot.phase ?? "starting"}, ${clock(slot.elapsed + since(shown.state))}, ${number(slot.lines)} lines${slot.memory == null ? "" : `, ${mib(slot.memory)}`}`);
  if (row) {
    add("Result", make("span", { class: row.result }, NAMES[row.result]), told(row) ? `, ${told(row)}` : "");
    if (row.result === "skipped") add("Because", ...row.info.split("->").flatMap((one, index) => [index ? " needs " : "", port(one)]));
    if (row.took != null) add("Took", `${clock(row.took)}, in slot ${two(row.slot)}`);
    if (row.skips) add("Took with it", `${number(row.skips)} ports`);
    add("Ended", `${clock(row.ended)} into the run`);
  }
  const reasons = row?.reasons ?? slot?.reasons;
  if (reasons?.length) add("Built because", reasons.join("; "));
  if (!source.live && (row ?? slot)?.log) add("Log", logLink(row ?? slot, (row ?? slot).log));
  const all = [list.length ? make("dl", {}, ...list) : make("p", { class: "dim" }, "Not part of this run so far.")];
  if (row?.lines?.length) all.push(make("h3", {}, "First errors"), make("pre", {}, row.lines.join("\n")));
  return all;
}

// What the server knows beside the run.
async function portOfServer(name, box) {
  const known = await source.json(`api/v1/ports/${name}`);
  if (choice.port !== name) return;
  if (known.why) box.append(make("h3", {}, "Now"), make("pre", {}, known.why));
  const builds = (known.builds ?? []).filter(build => build.status !== "running");
  if (builds.length) box.append(...drawBuilds(builds.map(buildOfServer)));
  if (known.depends.length) box.append(make("h3", {}, `Depends on (${number(known.depends.length)})`), ports(known.depends));
  // The whole tree has to be known for that.
  box.append(later("Needed by", async () => {
    const { ports: all } = await source.json(`api/v1/graph?reverse=true&depth=1&port=${encodeURIComponent(name)}`);
    const near = all.filter(one => !one.asked).map(one => one.port);
    return [near.length ? ports(near) : make("p", { class: "dim" }, "Nothing in the tree.")];
  }));
}

const ports = names => make("ul", { class: "ports" }, ...names.map(one => make("li", {}, port(one))));

// What is asked for when the reader wants it.
function later(title, ask) {
  const box = make("div", {}, make("p", { class: "dim" }, "..."));
  let asked = false;
  const open = () => {
    if (asked) return;
    asked = true;
    ask(box).then(found => box.replaceChildren(...found), error => { asked = false; box.replaceChildren(make("p", { class: "dim" }, error.message)); });
  };
  return make("details", { ontoggle: open }, make("summary", {}, title), box);
}
