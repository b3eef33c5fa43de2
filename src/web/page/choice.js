// What the reader chose: the part of the address after `#`.
"use strict";

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
