// Pieces that several views show: times, commits, tags, copies, lists that go on.
import { h, put } from "./dom.js";
import { ago, duration, fullTime, short } from "./format.js";
import { links } from "./api.js";

/** "3 min. ago", kept true by `tick`; the full time on hover. */
export function age(time) {
  if (!time) return h("span", { class: "faint" }, "–");
  return h("time", { datetime: time, title: fullTime(time), "data-age": "" }, ago(time));
}

/** A duration that runs. */
export function running(from) {
  return h("span", { class: "num", "data-running": from }, duration(Date.now() - Date.parse(from)));
}

/** Once a second: ages and running durations. */
export function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-running]")) {
    element.textContent = duration(now - Date.parse(element.dataset.running));
  }
  for (const element of document.querySelectorAll("time[data-age]")) {
    const text = ago(element.dateTime, now);
    if (element.textContent !== text) element.textContent = text;
  }
}

export const mono = (text, title) => h("code", { class: "mono", title }, text);
export const tag = (text) => h("code", { class: "tag", title: text }, text);
export const commit = (id) => (id ? h("code", { class: "mono", title: id }, short(id)) : h("span", { class: "faint" }, "–"));
export const deploymentLink = (id) => h("a", { href: links.deployment(id), class: "mono" }, id);
export const serviceLink = (name) => h("a", { href: links.service(name) }, name);

/** Text with a button that copies it. The clipboard needs a secure context: else there is no button. */
export function copyable(text, shown = text) {
  const value = h("code", { class: "mono", title: text }, shown);
  if (!navigator.clipboard) return value;
  const button = h("button", { class: "copy", type: "button", "aria-label": `Copy ${text}`, onclick: copy }, "copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      button.textContent = "not allowed";
    }
    setTimeout(() => (button.textContent = "copy"), 2000);
  }
  return h("span", { class: "copyable" }, value, button);
}

/** Who and what: the subject, then the author. */
export function sourceLine(source, otherwise = "source unknown") {
  if (!source) return h("span", { class: "faint" }, otherwise);
  return h("span", { class: "source" },
    h("span", { class: "subject", title: source.subject }, source.subject || "(no message)"), " ",
    h("span", { class: "author" }, source.author));
}

/** Names with their values. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

/** A table that may be wider than the page: it scrolls by itself, by keyboard too. */
export function tableBox(label, ...content) {
  return h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": label }, h("table", null, content));
}

export function heading(level, text, ...beside) {
  return h("div", { class: "heading" }, h(`h${level}`, null, text), ...beside);
}

export const empty = (...text) => h("p", { class: "empty" }, ...text);

/** What could not be shown, and what to do about it. */
export function failure(problem, again) {
  return h("div", { class: "notice bad", role: "alert" },
    h("p", null, problem.message),
    problem.requestId && h("p", { class: "faint" }, `The log has more under request ${problem.requestId}.`),
    again && h("button", { type: "button", onclick: again }, "Try again"));
}

/** Shows that something is on its way, if it takes longer than a blink. */
export function loading(target) {
  const timer = setTimeout(() => put(target, h("p", { class: "empty" }, "Loading…")), 400);
  return () => clearTimeout(timer);
}

/** A page's title and what stands beside it; the title takes the focus when the page changes. */
export function title(text, ...beside) {
  document.title = `${text} · Slipway`;
  return h("div", { class: "title" }, h("h1", { tabindex: "-1" }, text), ...beside);
}

/** "Show more", which is also pressed by scrolling to it. */
export function more(load, signal) {
  const button = h("button", { class: "more", type: "button", onclick: run }, "Show more");
  const box = h("div", { class: "more-box" }, button);
  const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && run(), { rootMargin: "400px" });
  let busy = false;
  async function run() {
    if (busy || signal.aborted) return;
    busy = true;
    button.textContent = "Loading…";
    try {
      box.hidden = !(await load());
      button.textContent = "Show more";
    } catch (problem) {
      if (signal.aborted) return;
      watch.disconnect();
      button.textContent = `${problem.message} Press to try again`;
    }
    busy = false;
    // Still in sight: what came was short.
    if (!box.hidden) {
      watch.unobserve(button);
      watch.observe(button);
    }
  }
  watch.observe(button);
  signal.addEventListener("abort", () => watch.disconnect());
  return box;
}

