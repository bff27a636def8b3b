// A build's log: its end at once, and every line as it is printed.
import { h, put } from "./dom.js";
import { paths } from "./api.js";
import { plural } from "./format.js";

/** Lines in the document. What is above is dropped, and is in the file behind the link. */
const MOST = 4000;

export async function followLog(section, id, signal) {
  const address = `${paths.deployment(id)}/log`;
  const text = h("pre", { class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": "Build log" });
  const state = h("span", { class: "faint" });
  const follow = h("input", { type: "checkbox", checked: true });
  put(section,
    h("div", { class: "heading" }, h("h2", { id: "log-title" }, "Build log"), state, h("span", { class: "spacer" }),
      h("label", { class: "check" }, follow, h("span", null, "Follow")), h("a", { href: address, target: "_blank", rel: "noopener" }, "As text")),
    text);
  text.addEventListener("wheel", (event) => { if (event.deltaY < 0) follow.checked = false; }, { passive: true });

  let lines = 0;
  let rest = "";
  const add = (piece) => {
    const parts = (rest + piece).split("\n");
    rest = parts.pop();
    if (!parts.length) return;
    text.append(...parts.map((line) => h("span", { class: kind(line) }, `${plain(line)}\n`)));
    lines += parts.length;
    while (text.childElementCount > MOST) text.firstElementChild.remove();
    if (follow.checked) text.scrollTop = text.scrollHeight;
  };

  for (let tries = 0; !signal.aborted; tries += 1) {
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    // A page that is kept for the way back would keep its connection too.
    addEventListener("pagehide", leave);
    try {
      put(state, "reading…");
      const response = await fetch(`${address}?follow=true`, { signal: AbortSignal.any([signal, leaving.signal]), cache: "no-store" });
      if (!response.ok) return put(state, `the server answered ${response.status}`);
      if (tries) {
        put(text);
        lines = 0;
        rest = "";
      }
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        add(value);
        put(state, plural(lines, "line"));
      }
      if (rest) add("\n");
      put(state, lines ? `${plural(lines, "line")}${lines > MOST ? `, the last ${MOST} are shown` : ""}` : "");
      if (!lines) put(text, h("span", { class: "faint" }, "Nothing was built, so nothing was printed."));
      return;
    } catch {
      if (signal.aborted) return;
      put(state, "cut off; trying again…");
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** tries, 15000)));
    } finally {
      removeEventListener("pagehide", leave);
    }
  }
}

/** Colours and cursor moves of terminals are for terminals. */
const plain = (line) => line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replace(/^.*\r(?!$)/, "").replace(/\r$/, "");
const kind = (line) => (/^(STEP|#\d+ )/.test(line) ? "step" : /^\s*(error|fatal|panic)\b|\b(Error|ERROR|error):/.test(line) ? "bad-text" : null);
