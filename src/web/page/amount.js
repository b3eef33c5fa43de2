// Times and amounts for people.
"use strict";

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
const mib = bytes => `${number(Math.round(bytes / 2 ** 20))} MiB`;
const gib = bytes => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const day = ms => new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
