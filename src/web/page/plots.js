// The machine over the run.
"use strict";

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
