// A log, as far as it is written.
"use strict";

let tail = null; // The one that is being read.

// Its end, and what is added to it for as long as it is looked at.
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
