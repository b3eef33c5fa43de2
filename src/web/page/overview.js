// How far the run is.
"use strict";

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
