// Addresses and what they show. A page is loaded when it is first needed.
import { h, put } from "./dom.js";
import { failure } from "./parts.js";

const ROUTES = [
  [/^\/$/, () => import("./view-services.js")],
  [/^\/services\/([^/]+)$/, () => import("./view-service.js")],
  [/^\/deployments$/, () => import("./view-deployments.js")],
  [/^\/deployments\/([^/]+)$/, () => import("./view-deployment.js")],
  [/^\/deliveries$/, () => import("./view-deliveries.js")],
  [/^\/deliveries\/([^/]+)$/, () => import("./view-delivery.js")],
  [/^\/notifications$/, () => import("./view-notifications.js")],
  [/^\/compare$/, () => import("./view-compare.js")],
  [/^\/insights$/, () => import("./view-insights.js")],
  [/^\/audit$/, () => import("./view-audit.js")],
];

let leaving = new AbortController();
let shown = 0;

/** Shows what the address says. */
export async function show({ focus = true } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const main = document.getElementById("main");
  const { pathname, search } = location;
  mark(pathname);
  const [, load, parameter] = find(pathname);
  try {
    if (!load) throw Object.assign(new Error(`There is no page at ${pathname}.`), { status: 404 });
    const view = await load();
    if (signal.aborted) return;
    const page = h("div", { class: "page" });
    await view.show(page, {
      parameter, query: new URLSearchParams(search), signal,
      // What a view has when there is something to be seen: the old page stays until then.
      ready: () => present(main, page, signal, focus),
    });
    present(main, page, signal, focus);
  } catch (problem) {
    if (signal.aborted || problem.name === "AbortError") return;
    if (problem.status === 401) return; // the sign-in is shown
    const page = h("div", { class: "page" }, h("div", { class: "title" }, h("h1", { tabindex: "-1" }, problem.status === 404 ? "Not found" : "This could not be shown")),
      failure(problem, problem.status === 404 ? null : () => show()));
    document.title = "Slipway";
    present(main, page, signal, focus);
  }
}

/** Leaves the page that is shown, and shows nothing in its place. */
export function clear() {
  leaving.abort();
}

function present(main, page, signal, focus) {
  if (signal.aborted || page.isConnected) return;
  put(main, page);
  shown += 1;
  if (shown > 1 && focus) {
    scrollTo(0, 0);
    page.querySelector("h1")?.focus({ preventScroll: true });
  }
}

function find(path) {
  for (const [pattern, load] of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    try {
      return [pattern, load, match[1] === undefined ? null : decodeURIComponent(match[1])];
    } catch {
      return []; // badly encoded
    }
  }
  return [];
}

/** Goes there, as a click on a link does. */
export function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  return show();
}

/** Writes the address of what is shown without showing it anew. */
export function rewrite(query) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) if (one) pairs.append(name, one);
  const text = pairs.toString();
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
}

function mark(path) {
  for (const link of document.querySelectorAll("[data-nav]")) {
    const to = link.dataset.nav;
    const isHere = to === "/" ? path === "/" || path.startsWith("/services") : path.startsWith(to) || (to === "/deliveries" && path === "/notifications");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

export function start() {
  addEventListener("popstate", () => show());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#")) return;
    if (!find(link.pathname)[1]) return;
    event.preventDefault();
    go(link.href);
  });
}
