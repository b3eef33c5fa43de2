// The page of a run. It draws what it is given by one of two sources: files beside it, which work without any server
// (each is a script that calls `dsynth`), or the API of `dsynth serve`. All texts go in as text, never as markup.
"use strict";

const $ = selector => document.querySelector(selector);
const RESULTS = ["failed", "built", "skipped", "ignored", "missing", "interrupted"];
const NAMES = { failed: "Failed", built: "Built", skipped: "Skipped", ignored: "Ignored", missing: "Missing", interrupted: "Stopped" };

// Makes an element: `make("a", { href, class }, "text", child)`.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "line", "title"].includes(tag) && attributes.svg !== false;
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

// Times and amounts for people.
const two = number => String(number).padStart(2, "0");
function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
function about(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${(seconds / 3600).toFixed(seconds < 36000 ? 1 : 0)} h`;
  return `${(seconds / 86400).toFixed(1)} days`;
}
const number = value => value.toLocaleString("en");
const gib = bytes => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const day = ms => new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

// ---- Sources -----------------------------------------------------------------------------------------------------------

// Scripts beside the page: what reads a file of a `file:` page without asking its browser for leave.
const waiting = new Map();
window.dsynth = (name, data) => { waiting.get(name)?.(data); waiting.delete(name); };

const files = {
  live: false,
  logs: "../",
  read(name) {
    return new Promise((done, failed) => {
      waiting.set(name, done);
      const path = name === "runs" ? "runs" : `runs/${name}`;
      const script = make("script", { src: `${path}.js?${Date.now()}` });
      script.onload = () => script.remove();
      script.onerror = () => { script.remove(); waiting.delete(name); failed(new Error(`cannot read ${path}.js`)); };
      document.head.append(script);
    });
  },
};

const server = {
  live: true,
  logs: "api/v1/logs/",
  key: sessionStorage.getItem("dsynth-key"),
  // Asks for the key where one is wanted.
  async fetch(path, options = {}) {
    const headers = { ...options.headers, ...(this.key ? { "X-API-Key": this.key } : {}) };
    const response = await fetch(path, { ...options, headers });
    if (response.status !== 401) return response;
    const key = prompt("This dsynth wants its key (Api_key)");
    if (!key) throw new Error("this dsynth wants its key");
    sessionStorage.setItem("dsynth-key", this.key = key);
    return this.fetch(path, options);
  },
  async json(path) {
    const response = await this.fetch(path);
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.error ?? `${path}: ${response.status}`);
    return body;
  },
  async read(name) {
    const path = name === "runs" ? "runs.js" : `runs/${name}.js`;
    const response = await this.fetch(path, { cache: "no-store" });
    if (!response.ok) throw new Error(`cannot read ${path}`);
    const text = await response.text();
    return JSON.parse(text.slice(text.indexOf(",") + 1, text.lastIndexOf(")")));
  },
  // Server-sent events, for as long as the page is there. EventSource could send no key.
  async follow(hear) {
    for (;;) {
      try {
        const response = await this.fetch("api/v1/view/events", { headers: { Accept: "text/event-stream" } });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          const blocks = (text + value).split("\n\n");
          text = blocks.pop();
          for (const block of blocks) {
            const data = block.split("\n").filter(line => line.startsWith("data:")).map(line => line.slice(5)).join("\n");
            if (data) hear(JSON.parse(data));
          }
        }
      } catch { /* Tried again below. */ }
      await new Promise(done => setTimeout(done, 2000));
    }
  },
};

const source = document.documentElement.dataset.source === "server" ? server : files;

// ---- What is shown -----------------------------------------------------------------------------------------------------

// What the reader chose: the part of the address after `#`.
const choice = { run: "", q: "", show: "", sort: "", port: "" };
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(choice)) choice[name] = given.get(name) ?? "";
}
function choose(change) {
  Object.assign(choice, change);
  const kept = Object.entries(choice).filter(([, value]) => value !== "");
  const hash = new URLSearchParams(kept).toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

const shown = { runs: [], run: "", state: null, heard: 0, rows: [], host: null, view: [], chosen: -1 };
let live = null; // The state of the run that goes on, if the server follows one.

function openRun(run) {
  Object.assign(shown, { run, state: null, rows: [], host: null, view: [], chosen: -1, key: "", drawn: {} });
}

// Rows come in order and are only ever added to.
async function loadRows(state) {
  const { run } = shown;
  if (live && live.run === run) {
    while (shown.rows.length < state.results) {
      const from = shown.rows.length;
      const { rows } = await source.json(`api/v1/view/results?run=${run}&from=${from}`);
      if (shown.run !== run || rows.length === 0) return;
      addRows(rows, from);
    }
    return;
  }
  const first = Math.floor(shown.rows.length / state.chunk), end = Math.ceil(state.results / state.chunk);
  const numbers = Array.from({ length: end - first }, (_, index) => first + index);
  for (let begin = 0; begin < numbers.length; begin += 8) {
    const part = numbers.slice(begin, begin + 8);
    const chunks = await Promise.all(part.map(chunk => source.read(`${run}/results-${chunk}`)));
    if (shown.run !== run) return;
    chunks.forEach((rows, index) => addRows(rows, part[index] * state.chunk));
    if (begin + 8 < numbers.length) draw();
  }
}

function addRows(rows, from) {
  rows.forEach((row, index) => {
    const at = from + index;
    if (at !== shown.rows.length) return;
    row.index = at;
    row.text = [row.port, row.result, row.phase, row.class, row.why, row.info].filter(Boolean).join(" ").toLowerCase();
    shown.rows.push(row);
  });
}

function told(row) {
  if (row.result === "failed") return `${row.phase}: ${row.why}`;
  if (row.result === "skipped") return `because of ${row.info.split("->").pop()}`;
  return row.info ?? row.package ?? "";
}

// ---- Drawing -----------------------------------------------------------------------------------------------------------

function draw() {
  const { state } = shown;
  if (!state) return;
  drawHead(state);
  drawOverview(state);
  drawSlots(state);
  drawFailures();
  drawPlots();
  drawTable();
}

// Since when this state has stood: a run that goes on is drawn as of now.
const since = state => state.active ? Math.max(0, Date.now() - shown.heard) : 0;

function drawHead(state) {
  const { profile, directive, began } = state;
  $("#about").textContent = `${profile}: ${directive}, began ${day(began)}`;
  const silent = state.active && Date.now() - state.written;
  const badge = $("#state");
  badge.className = "badge";
  if (!state.active) badge.textContent = "Complete";
  else if (silent > 60000 && !(live && live.run === state.run)) {
    badge.textContent = `Silent for ${about(silent / 1000)}`;
    badge.classList.add("stale");
  } else { badge.textContent = "Active"; badge.classList.add("active"); }
  const failed = state.counts.failed;
  document.title = `${failed ? `(${failed}) ` : ""}${profile} ${state.active ? `${state.remaining} left` : "complete"} - dsynth`;
}

function drawOverview(state) {
  const { counts, remaining } = state;
  const key = JSON.stringify([counts, remaining, choice.show]);
  if (shown.drawn.counts !== key) {
    shown.drawn.counts = key;
    const parts = ["built", "failed", "skipped", "ignored", "missing", "interrupted"].filter(name => counts[name] > 0);
    const bar = $("#bar");
    bar.replaceChildren(...parts.concat(remaining > 0 ? "remaining" : []).map(name => {
      const part = make("span", { class: name });
      part.style.flexGrow = name === "remaining" ? remaining : counts[name];
      if (name !== "remaining") part.style.background = "currentcolor";
      return part;
    }));
    bar.setAttribute("aria-label", `${parts.map(name => `${counts[name]} ${name}`).join(", ") || "nothing done"}, ${remaining} left of ${counts.queued}`);
    const box = (name, label, count, result) => make("button", {
      type: "button", disabled: !result, "aria-pressed": result ? String(choice.show === name) : null,
      onclick: () => { filter(choice.show === name ? "" : name); $("#results").scrollIntoView(); },
    }, make("b", { class: name }, number(count)), make("small", {}, label));
    const focused = document.activeElement?.parentElement === $("#counts") ? [...$("#counts").children].indexOf(document.activeElement) : -1;
    $("#counts").replaceChildren(
      ...RESULTS.filter(name => counts[name] > 0 || name === "failed" || name === "built")
        .map(name => box(name, NAMES[name], counts[name], true)),
      box("remaining", "Left", remaining, false),
      box("fresh", "Up to date", counts.fresh, false));
    $("#counts").children[focused]?.focus();
  }
  const pace = [["Elapsed", clock(state.elapsed + since(state))], ["Packages an hour", number(state.rate)], ["in the last ten minutes", number(state.impulse)]];
  if (state.active && state.left) {
    const [low, likely, high] = state.left;
    pace.push(["Time left", `about ${about(likely)} (${about(low)} to ${about(high)})`]);
  }
  if (state.host) {
    pace.push(["Load", state.host.load[0].toFixed(1)], ["Free memory", gib(state.host.free)]);
    if (state.host.swap != null) pace.push(["Swap", `${state.host.swap.toFixed(0)} %`]);
  }
  const list = $("#pace");
  if (list.children.length !== pace.length) list.replaceChildren(...pace.map(() => make("div", {}, make("dt"), make("dd"))));
  pace.forEach(([name, text], index) => {
    const [dt, dd] = list.children[index].children;
    if (dt.textContent !== name) dt.textContent = name;
    if (dd.textContent !== text) dd.textContent = text;
  });
}

function drawSlots(state) {
  $("#slots").hidden = !state.active;
  if (!state.active) return;
  const body = $("#slots tbody"), more = since(state);
  while (body.children.length < state.slots.length) {
    const open = event => openPort(event.target.textContent);
    body.append(make("tr", {}, make("td"), make("td", {}, make("button", { type: "button", class: "port", onclick: open })), make("td"), make("td", { class: "n" }), make("td", { class: "n" }), make("td", { class: "n" })));
  }
  while (body.children.length > state.slots.length) body.lastChild.remove();
  state.slots.forEach((slot, id) => {
    const cells = body.children[id].children;
    const texts = slot ? [two(id), slot.port, slot.phase ?? "starting", clock(slot.phase_elapsed + more), clock(slot.elapsed + more), number(slot.lines)] : [two(id), "", "idle", "", "", ""];
    texts.forEach((text, column) => {
      const cell = column === 1 ? cells[1].firstChild : cells[column];
      if (cell.textContent !== text) cell.textContent = text;
    });
    body.children[id].classList.toggle("dim", !slot);
  });
}

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

// ---- Plots -------------------------------------------------------------------------------------------------------------

function drawPlots() {
  const { host } = shown;
  const many = host && host.at.length > 1;
  $("#plots").hidden = !many;
  if (!many || shown.drawn.host === host.at.length + " " + host.at.at(-1)) return;
  shown.drawn.host = host.at.length + " " + host.at.at(-1);
  const plots = [["load", "Load", host.load, value => value.toFixed(1)], ["free", "Free memory", host.free, gib]];
  if (host.swap.some(value => value != null)) plots.push(["swap", "Swap in use", host.swap, value => `${value.toFixed(0)} %`]);
  $("#plots > div").replaceChildren(...plots.map(([name, label, values, show]) => plot(name, label, host.at, values, show)));
}

function plot(name, label, at, values, show) {
  const top = name === "swap" ? 100 : Math.max(...values, 1e-9) * 1.05;
  const x = second => (second - at[0]) / Math.max(1, at.at(-1) - at[0]) * 300;
  const y = value => 60 - value / top * 60;
  const line = at.map((second, index) => `${x(second).toFixed(1)},${y(values[index] ?? 0).toFixed(1)}`).join("L");
  const largest = Math.max(...values.map(value => value ?? 0)), smallest = Math.min(...values.map(value => value ?? 0));
  const svg = make("svg", { viewBox: "0 0 300 60", preserveAspectRatio: "none", role: "img",
    "aria-label": `${label}: ${show(smallest)} to ${show(largest)}, ${show(values.at(-1) ?? 0)} at the end` },
    make("line", { class: "base", x1: 0, x2: 300, y1: 60, y2: 60 }));
  const area = make("path", { class: "area", d: `M0,60L${line}L300,60Z` }), stroke = make("path", { d: `M${line}` });
  area.style.fill = stroke.style.stroke = `var(--${name})`;
  svg.append(area, stroke);
  return make("figure", {}, make("figcaption", {}, make("span", {}, label), make("span", {}, `${show(values.at(-1) ?? 0)} now, ${show(smallest)} to ${show(largest)}`)), svg,
    make("figcaption", {}, make("span", {}, clock(at[0] * 1000)), make("span", {}, clock(at.at(-1) * 1000))));
}

// ---- The table ---------------------------------------------------------------------------------------------------------

const COLUMNS = [
  { key: "index", label: "#", value: row => row.index, show: row => row.index + 1, class: "n" },
  { key: "port", label: "Port", value: row => row.port },
  { key: "result", label: "Result", value: row => RESULTS.indexOf(row.result) },
  { key: "info", label: "What", value: told },
  { key: "slot", label: "Slot", value: row => row.slot ?? -1, show: row => row.slot == null ? "" : two(row.slot), class: "n" },
  { key: "took", label: "Took", value: row => row.took ?? -1, show: row => row.took == null ? "" : clock(row.took), class: "n" },
];

// Newest first, until the reader wants something else.
function sorting() {
  const down = choice.sort.startsWith("-");
  const column = COLUMNS.find(column => column.key === choice.sort.replace("-", ""));
  return column ? { column, down } : { column: COLUMNS[0], down: true };
}

function select() {
  const words = choice.q.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = shown.rows.filter(row => (!choice.show || row.result === choice.show) && words.every(word => row.text.includes(word)));
  const { column, down } = sorting();
  const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  if (column.key === "index") return down ? rows.reverse() : rows;
  const keyed = rows.map(row => [column.value(row), row]);
  keyed.sort(([a, x], [b, y]) => (down ? compare(b, a) : compare(a, b)) || x.index - y.index);
  return keyed.map(([, row]) => row);
}

function drawTable() {
  const key = JSON.stringify([shown.run, shown.rows.length, choice.q, choice.show, choice.sort]);
  if (shown.key !== key) {
    const chosen = shown.view[shown.chosen];
    shown.key = key;
    shown.view = select();
    shown.chosen = chosen ? shown.view.indexOf(chosen) : -1;
    drawFilters();
    const [found, all] = [shown.view.length, shown.rows.length];
    $("#found").textContent = found === all ? `${number(all)} results` : `${number(found)} of ${number(all)}`;
    $("#rows").setAttribute("aria-rowcount", found + 1);
    shown.drawn.rows = "";
  }
  drawRows();
}

function drawFilters() {
  const counts = Object.fromEntries(RESULTS.map(name => [name, 0]));
  for (const row of shown.rows) counts[row.result]++;
  const wanted = ["", ...RESULTS.filter(name => counts[name] > 0 || name === choice.show)];
  const box = $("#filters"), focused = [...box.children].indexOf(document.activeElement);
  box.replaceChildren(...wanted.map(name => make("button", { type: "button", "aria-pressed": String(choice.show === name), onclick: () => filter(name) },
    name ? `${NAMES[name]} ${number(counts[name])}` : "All")));
  box.children[focused]?.focus();
  const { column, down } = sorting();
  const head = $("#head");
  if (!head.children.length) {
    head.append(...COLUMNS.map(column => make("span", { role: "columnheader", class: column.class },
      make("button", { type: "button", onclick: () => sort(column.key) }, column.label))));
  }
  COLUMNS.forEach((one, index) => {
    if (one === column) head.children[index].setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.children[index].removeAttribute("aria-sort");
  });
}

// Only the rows that can be seen are there.
function drawRows() {
  const box = $("#rows"), inside = $("#body"), high = $("#head").offsetHeight || 32;
  const first = Math.max(0, Math.floor(box.scrollTop / high) - 8);
  const rows = shown.view.slice(first, first + Math.ceil(box.clientHeight / high) + 16);
  const key = `${first} ${rows.length} ${shown.chosen} ${high} ${shown.key}`;
  if (shown.drawn.rows === key) return;
  shown.drawn.rows = key;
  inside.style.height = `${shown.view.length * high}px`;
  const focused = document.activeElement?.closest?.("#body .row")?.dataset.index;
  inside.replaceChildren(...rows.map((row, index) => tableRow(row, first + index, high)));
  if (focused) inside.querySelector(`[data-index="${focused}"] .port`)?.focus({ preventScroll: true });
}

function tableRow(row, place, high) {
  const cells = COLUMNS.map(column => {
    const text = String((column.show ?? column.value)(row));
    const attributes = { role: "cell", class: column.class, title: column.key === "info" ? text : null };
    if (column.key === "port") return make("span", attributes, port(row.port));
    if (column.key === "result") return make("span", { ...attributes, class: row.result }, NAMES[row.result]);
    return make("span", attributes, text);
  });
  const element = make("div", { class: place === shown.chosen ? "row chosen" : "row", role: "row", "aria-rowindex": place + 2, "data-index": row.index }, ...cells);
  element.style.top = `${place * high}px`;
  return element;
}

function filter(show) { choose({ show }); $("#rows").scrollTop = 0; draw(); }
function sort(key) {
  const { column, down } = sorting();
  choose({ sort: column.key === key && !down ? `-${key}` : key });
  draw();
}
function step(by) {
  if (!shown.view.length) return;
  shown.chosen = Math.min(shown.view.length - 1, Math.max(0, shown.chosen + by));
  const box = $("#rows"), high = $("#head").offsetHeight, top = shown.chosen * high;
  if (top < box.scrollTop) box.scrollTop = top;
  // The head covers the first of the rows that are in the box.
  if (top + 2 * high > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * high - box.clientHeight;
  drawRows();
}

// ---- One port ----------------------------------------------------------------------------------------------------------

let tail = null; // The log that is being read.

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
  }
  if (!dialog.open) dialog.showModal();
}

function facts(name, row, slot) {
  const list = [], add = (label, ...what) => list.push(make("dt", {}, label), make("dd", {}, ...what));
  if (slot) add("Running", `${slot.phase ?? "starting"}, ${clock(slot.elapsed + since(shown.state))}, ${number(slot.lines)} lines`);
  if (row) {
    add("Result", make("span", { class: row.result }, NAMES[row.result]), told(row) ? `, ${told(row)}` : "");
    if (row.result === "skipped") add("Because", ...row.info.split("->").flatMap((one, index) => [index ? " needs " : "", port(one)]));
    if (row.took != null) add("Took", `${clock(row.took)}, in slot ${two(row.slot)}`);
    if (row.package) add("Package", row.package);
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

async function portOfServer(name, box) {
  const known = await source.json(`api/v1/ports/${name}`);
  if (choice.port !== name) return;
  if (known.why) box.append(make("h3", {}, "Now"), make("pre", {}, known.why));
  const builds = (known.builds ?? []).filter(build => build.status !== "running");
  if (builds.length) {
    const longest = Math.max(...builds.map(build => build.seconds ?? 0), 1);
    const bars = [...builds].reverse().map(build => {
      const bar = make("span", { class: build.status === "success" ? "built" : "failed", title: `${build.start} ${build.version} ${build.status}, ${clock((build.seconds ?? 0) * 1000)}`, svg: false });
      bar.style.height = `${100 * (build.seconds ?? 0) / longest}%`;
      return bar;
    });
    box.append(make("h3", {}, `How long its builds took, at most ${clock(longest * 1000)}`),
      make("div", { class: "builds", role: "img", "aria-label": builds.map(build => `${build.start} ${build.status} ${build.seconds ?? 0} seconds`).join("; ") }, ...bars));
  }
  for (const [title, ports] of [["Depends on", known.depends], ["Needed by", known.dependents]]) {
    if (ports?.length) box.append(make("h3", {}, `${title} (${number(ports.length)})`), make("ul", { class: "ports" }, ...ports.slice(0, 200).map(one => make("li", {}, port(one)))));
  }
}

// The end of a log, and what is added to it for as long as it is looked at.
const TAIL = 65536;
async function readLog(name, box) {
  const mine = tail = {};
  const text = make("pre", { class: "log mono", tabindex: 0, "aria-label": `Log ${name}` });
  const path = source.logs + encodeURIComponent(name), decoder = new TextDecoder();
  let from = -1;
  while (tail === mine) {
    const range = from < 0 ? `bytes=-${TAIL}` : `bytes=${from}-`;
    const response = await source.fetch(path, { headers: { Range: range }, cache: "no-store" }).catch(() => null);
    if (tail !== mine) return;
    if (response?.status === 206 || response?.status === 200) {
      const bytes = await response.arrayBuffer();
      const whole = response.headers.get("Content-Range")?.match(/bytes (\d+)-/);
      if (from < 0) box.replaceChildren(make("h3", {}, whole && whole[1] !== "0" ? "Log, its end" : "Log"), text,
        // A link could send no key.
        source.key ? "" : make("p", {}, make("a", { href: path, download: name }, `${name}, all of it`)));
      from = (whole ? Number(whole[1]) : 0) + bytes.byteLength;
      const below = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
      text.append(decoder.decode(bytes, { stream: true }));
      if (below) text.scrollTop = text.scrollHeight;
    }
    if (!shown.state?.active) return;
    await new Promise(done => setTimeout(done, 1000));
  }
}

// ---- Begin -------------------------------------------------------------------------------------------------------------

function trouble(error) {
  $("#trouble").hidden = !error;
  $("#trouble").textContent = error?.message ?? "";
}

function drawRuns() {
  const label = run => `${day(run.began)} ${run.directive}${run.failed ? `, ${run.failed} failed` : ""}`;
  $("#choice").hidden = shown.runs.length < 2;
  const key = JSON.stringify(shown.runs);
  if (shown.runsKey !== key) {
    shown.runsKey = key;
    $("#runs").replaceChildren(...shown.runs.map(run => make("option", { value: run.run }, label(run))));
  }
  $("#runs").value = shown.run;
}

function take(state) {
  const isFirst = !shown.state;
  shown.state = state;
  shown.heard = Date.now() - (source.live && live?.run === state.run ? 0 : Math.max(0, Date.now() - state.written));
  return loadRows(state).then(() => {
    draw();
    if (isFirst && choice.port) openPort(choice.port);
  });
}

// One look at what there is; between looks the clocks go on.
async function look() {
  const { runs } = await source.read("runs").catch(() => ({ runs: [] }));
  shown.runs = live && !runs.some(run => run.run === live.run) ? [live, ...runs] : runs;
  if (!shown.runs.length) throw new Error("no runs yet");
  const run = shown.runs.some(one => one.run === choice.run) ? choice.run : shown.runs[0].run;
  if (run !== shown.run) openRun(run);
  drawRuns();
  const isLive = live?.run === run;
  const state = isLive ? live : await source.read(`${run}/state`);
  if (!isLive && shown.state && !shown.state.active && shown.state.written === state.written) return;
  const host = await source.read(`${run}/host`).catch(() => null);
  if (shown.run === run && host) shown.host = host;
  if (shown.run === run) await take(state);
}

const EVERY = 2500;
async function looks() {
  for (;;) {
    await look().then(() => trouble(null), trouble);
    const wait = document.hidden ? 10000 : source.live && live ? 5000 : EVERY;
    await new Promise(done => { setTimeout(done, wait); shown.wake = done; });
  }
}

function listen() {
  readAddress();
  const theme = localStorage.getItem("dsynth-theme");
  if (theme) document.documentElement.dataset.theme = theme;
  $("#theme").onclick = () => {
    const dark = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    localStorage.setItem("dsynth-theme", document.documentElement.dataset.theme = dark === "dark" ? "light" : "dark");
  };
  $("#search").value = choice.q;
  $("#search").oninput = event => { choose({ q: event.target.value.trim() }); $("#rows").scrollTop = 0; draw(); };
  $("#results form").onsubmit = event => event.preventDefault();
  $("#runs").onchange = event => {
    choose({ run: event.target.value === shown.runs[0].run ? "" : event.target.value, port: "" });
    shown.wake?.();
  };
  $("#failures .more").onclick = () => { shown.all = true; draw(); };
  $("#rows").addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
  $("#keys").onclick = () => $("#help").showModal();
  $("#port").onclose = () => { tail = null; choose({ port: "" }); };
  window.onhashchange = () => { readAddress(); $("#search").value = choice.q; shown.wake?.(); draw(); };
  window.onresize = () => { if (shown.drawn) { shown.drawn.rows = ""; drawRows(); } };
  document.onvisibilitychange = () => { if (!document.hidden) shown.wake?.(); };
  document.onkeydown = key;
  setInterval(() => { if (shown.state?.active && !document.hidden) { drawHead(shown.state); drawOverview(shown.state); drawSlots(shown.state); } }, 1000);
}

function key(event) {
  const typing = event.target.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (typing) { if (event.key === "Escape") event.target.blur(); return; }
  const inTable = event.target === $("#rows") || event.target === document.body;
  const keys = {
    "/": () => $("#search").focus(), "?": () => $("#help").showModal(), f: () => filter(choice.show === "failed" ? "" : "failed"),
    j: () => step(1), k: () => step(-1),
    ArrowDown: event.target === $("#rows") && (() => step(1)), ArrowUp: event.target === $("#rows") && (() => step(-1)),
    Enter: inTable && shown.view[shown.chosen] && (() => openPort(shown.view[shown.chosen].port)),
  };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
}

listen();
looks();
if (source.live) source.follow(({ state }) => {
  const before = live?.run;
  live = state;
  if (live && live.run === shown.run) take(live).catch(trouble);
  else if (live?.run !== before) shown.wake?.();
});
