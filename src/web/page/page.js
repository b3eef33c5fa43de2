// The page: it looks, draws and hears keys. All texts go in as text, never as markup.
"use strict";

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
  window.onhashchange = () => {
    readAddress();
    $("#search").value = choice.q;
    if (!choice.port) $("#port").close();
    else if (shown.state) openPort(choice.port);
    shown.wake?.();
    draw();
  };
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
