// The table of all results, of which only the rows that can be seen are there.
"use strict";

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
