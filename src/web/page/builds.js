// The builds of one port: when they were, how they ended, how long they took.
"use strict";

const buildOfServer = build => ({ when: Date.parse(build.start), what: `${build.version} ${build.status}`, good: build.status === "success", ms: 1000 * (build.seconds ?? 0) });

// Newest first, as bars of their durations with the newest at the right.
function drawBuilds(builds) {
  const longest = Math.max(...builds.map(build => build.ms), 1);
  const tell = build => `${build.when ? day(build.when) : "not begun"}: ${build.what}, ${clock(build.ms)}`;
  const bars = [...builds].reverse().map(build => {
    const bar = make("span", { class: build.good ? "built" : "failed", title: tell(build) });
    bar.style.height = `${100 * build.ms / longest}%`;
    return bar;
  });
  return [make("h3", {}, `How long its builds took, at most ${clock(longest)}`),
    make("div", { class: "builds", role: "img", "aria-label": builds.map(tell).join("; ") }, ...bars)];
}

// Files have them by run: each one's results are read, and are drawn as they come. A run that has ended stays as it is.
const known = new Map();
async function buildsOfRun({ run, active }) {
  if (known.has(run)) return known.get(run);
  const { results, chunk } = await source.read(`${run}/state`);
  const built = new Map();
  for (let begin = 0; begin * chunk < results; begin++) {
    const rows = await source.read(`${run}/results-${begin}`);
    rows.filter(row => row.took != null).forEach(row => built.set(row.port, row));
  }
  if (!active) known.set(run, built);
  return built;
}

async function buildsInFiles(name, tell) {
  const builds = [], none = [make("p", { class: "dim" }, "None.")];
  for (const run of shown.runs) {
    const row = run.run === shown.run ? shown.rows.find(row => row.port === name && row.took != null) : (await buildsOfRun(run).catch(() => new Map())).get(name);
    if (choice.port !== name) return [];
    if (row) builds.push({ when: run.began + row.started, what: row.package ?? told(row), good: row.result === "built", ms: row.took });
    if (builds.length) tell(drawBuilds(builds));
  }
  return builds.length ? drawBuilds(builds) : none;
}
