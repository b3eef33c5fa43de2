// What is running.
"use strict";

function drawSlots(state) {
  $("#slots").hidden = !state.active;
  if (!state.active) return;
  const body = $("#slots tbody"), more = since(state);
  while (body.children.length < state.slots.length) {
    const open = event => openPort(event.target.textContent);
    body.append(make("tr", {}, make("td"), make("td", {}, make("button", { type: "button", class: "port", onclick: open })), make("td"), make("td", { class: "n" }), make("td", { class: "n" }), make("td", { class: "n" }), make("td", { class: "n" })));
  }
  while (body.children.length > state.slots.length) body.lastChild.remove();
  state.slots.forEach((slot, id) => {
    const cells = body.children[id].children;
    const texts = slot ? [two(id), slot.port, slot.phase ?? "starting", clock(slot.phase_elapsed + more), clock(slot.elapsed + more), number(slot.lines), slot.memory == null ? "" : mib(slot.memory)] : [two(id), "", "idle", "", "", "", ""];
    texts.forEach((text, column) => {
      const cell = column === 1 ? cells[1].firstChild : cells[column];
      if (cell.textContent !== text) cell.textContent = text;
    });
    body.children[id].classList.toggle("dim", !slot);
  });
}
