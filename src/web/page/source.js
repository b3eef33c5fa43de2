// Where the page has its data: files beside it, which work without any server (each is a script that calls `dsynth`), or the
// API of `dsynth serve`.
"use strict";

// Scripts beside the page: what reads a file of a `file:` page without asking its browser for leave.
const waiting = new Map();
window.dsynth = (name, data) => { waiting.get(name)?.(data); waiting.delete(name); };

const files = {
  live: false,
  logs: "../",
  read(name) {
    return new Promise((done, failed) => {
      waiting.set(name, done);
      const path = name === "runs" ? "runs" : `runs/${name}`;
      const script = make("script", { src: `${path}.js?${Date.now()}` });
      script.onload = () => script.remove();
      script.onerror = () => { script.remove(); waiting.delete(name); failed(new Error(`cannot read ${path}.js`)); };
      document.head.append(script);
    });
  },
};

const server = {
  live: true,
  logs: "api/v1/logs/",
  key: sessionStorage.getItem("dsynth-key"),
  // Asks for the key where one is wanted.
  async fetch(path, options = {}) {
    const headers = { ...options.headers, ...(this.key ? { "X-API-Key": this.key } : {}) };
    const response = await fetch(path, { ...options, headers });
    if (response.status !== 401) return response;
    const key = prompt("This dsynth wants its key (Api_key)");
    if (!key) throw new Error("this dsynth wants its key");
    sessionStorage.setItem("dsynth-key", this.key = key);
    return this.fetch(path, options);
  },
  async json(path) {
    const response = await this.fetch(path);
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.error ?? `${path}: ${response.status}`);
    return body;
  },
  async read(name) {
    const path = name === "runs" ? "runs.js" : `runs/${name}.js`;
    const response = await this.fetch(path, { cache: "no-store" });
    if (!response.ok) throw new Error(`cannot read ${path}`);
    const text = await response.text();
    return JSON.parse(text.slice(text.indexOf(",") + 1, text.lastIndexOf(")")));
  },
  // Server-sent events, for as long as the page is there. EventSource could send no key.
  async follow(hear) {
    for (;;) {
      try {
        const response = await this.fetch("api/v1/view/events", { headers: { Accept: "text/event-stream" } });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          const blocks = (text + value).split("\n\n");
          text = blocks.pop();
          for (const block of blocks) {
            const data = block.split("\n").filter(line => line.startsWith("data:")).map(line => line.slice(5)).join("\n");
            if (data) hear(JSON.parse(data));
          }
        }
      } catch { /* Tried again below. */ }
      await new Promise(done => setTimeout(done, 2000));
    }
  },
};

const source = document.documentElement.dataset.source === "server" ? server : files;
