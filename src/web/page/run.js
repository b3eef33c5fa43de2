// The run that is shown, and its results.
"use strict";

const RESULTS = ["failed", "built", "skipped", "ignored", "missing", "interrupted"];
const NAMES = { failed: "Failed", built: "Built", skipped: "Skipped", ignored: "Ignored", missing: "Missing", interrupted: "Stopped" };

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
