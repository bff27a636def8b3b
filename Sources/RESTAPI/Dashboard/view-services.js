// Services at a glance.
import { h, put, reconcile, hidden, announce } from "./dom.js";
import { get, links, paths } from "./api.js";
import { short } from "./format.js";
import { age, commit, failure, more, running, sourceLine, tag, title } from "./parts.js";
import { badge, meaning, sign, tone, underWay, UNDER_WAY } from "./states.js";
import { tracker } from "./stages.js";
import { live } from "./live.js";
import { rewrite } from "./router.js";

/** So many before the first paint (early.js asks for them); the rest follows by itself, 200 at once. */
const FIRST = 12;
const PAGE = 200;
/** Rows in the document; further ones come as they are scrolled to. */
const STEP = 60;
/** What ended last stands beside what is under way, so that people see how it ended. */
const LATEST = 6;

/** What a service wants of people, worst first. */
function conditions(service) {
  const list = [];
  const health = service.health?.status;
  if (health === "degraded" || health === "missing") list.push("unhealthy");
  if (service.behind) list.push("behind");
  if (service.hold) list.push("hold");
  if (service.inFlight.length) list.push("moving");
  return list;
}

const FILTERS = [
  ["all", "All", () => true],
  ["unhealthy", "Unhealthy", (service) => conditions(service).includes("unhealthy")],
  ["behind", "Behind", (service) => service.behind !== null],
  ["hold", "On hold", (service) => service.hold !== null],
  ["moving", "Under way", (service) => service.inFlight.length > 0],
];

export async function show(page, { query, signal, ready }) {
  const services = new Map();
  const moving = new Map();
  const latest = new Map();
  let isComplete = false;
  let shown = STEP;
  let search = query.get("q") ?? "";
  let filter = FILTERS.some(([name]) => name === query.get("show")) ? query.get("show") : "all";

  const strip = h("ul", { class: "strip", role: "list" });
  const under = h("section", { "aria-labelledby": "under-way" }, h("h2", { id: "under-way", class: "small" }, "Under way and latest"), strip);
  const rows = h("ul", { class: "rows services", role: "list" });
  const note = h("p", { class: "empty", role: "status" });
  const field = h("input", {
    type: "search", placeholder: "Filter by name, tag, commit or author", "aria-label": "Filter services", "data-search": "", value: search, spellcheck: "false",
    oninput: () => { search = field.value; shown = STEP; address(); draw(); },
    onkeydown: (event) => { if (event.key === "Escape") { field.value = search = ""; address(); draw(); } },
  });
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Show" }, FILTERS.map(([name, text]) =>
    h("button", { type: "button", class: `chip chip-${name}`, "data-name": name, onclick: () => { filter = name; shown = STEP; address(); draw(); } }, text, h("span", { class: "count" }))));
  const end = more(async () => { shown += STEP; draw(); return shown < matching().length; }, signal);

  put(page, title("Services"), under, h("section", { class: "stack", "aria-labelledby": "all-services" },
    h("h2", { id: "all-services", class: "sr" }, "All services"),
    h("div", { class: "tools" }, field, chips),
    h("div", { class: "row head", "aria-hidden": "true" }, ["Service", "Deployed", "Source", "Since", "State"].map((text) => h("span", null, text))),
    rows, note, end));

  function matching() {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const test = FILTERS.find(([name]) => name === filter)[2];
    return [...services.values()].filter((service) => test(service) && words.every((word) => text(service).includes(word)))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  function draw() {
    const all = [...services.values()];
    for (const chip of chips.children) {
      const [name, , test] = FILTERS.find(([name]) => name === chip.dataset.name);
      const count = all.filter(test).length;
      chip.setAttribute("aria-pressed", String(name === filter));
      chip.querySelector(".count").textContent = isComplete ? count.toLocaleString("en") : "";
      chip.hidden = isComplete && count === 0 && name !== "all" && name !== filter;
    }
    const found = matching();
    reconcile(rows, found.slice(0, shown), {
      key: (service) => service.name,
      stamp: (service) => JSON.stringify([service, service.inFlight.map((id) => moving.get(id)?.state)]),
      render: (service) => row(service, moving),
    });
    put(note, found.length ? "" : !isComplete ? "Loading…" : services.size ? "No service is like that." : [
      "No service is configured yet. ", h("code", null, "services:"), " in the configuration names them."]);
    note.hidden = found.length > 0;
    end.hidden = shown >= found.length;
    drawStrip();
  }

  function drawStrip() {
    const newest = (list, time) => [...list.values()].sort((one, other) => (one[time] < other[time] ? 1 : -1));
    const ended = newest(latest, "updatedAt").slice(0, Math.max(0, LATEST - moving.size));
    reconcile(strip, [...newest(moving, "createdAt"), ...ended], { key: (one) => one.id, stamp: (one) => `${one.state} ${one.updatedAt}`, render: card });
    under.hidden = !strip.childElementCount;
  }

  function address() {
    rewrite({ q: search, show: filter === "all" ? null : filter });
  }

  async function load() {
    // What is under way beside them: its stages are not in a service's shape.
    const [first, flying, recent] = await Promise.all([
      get(paths.services, { query: { limit: FIRST }, signal }),
      get(paths.deployments, { query: { state: UNDER_WAY, limit: PAGE }, signal }),
      get(paths.deployments, { query: { limit: LATEST }, signal }),
    ]);
    const seen = new Set();
    const take = ({ items }) => items.forEach((service) => { seen.add(service.name); services.set(service.name, service); });
    take(first);
    moving.clear();
    for (const deployment of flying.items) moving.set(deployment.id, deployment);
    for (const deployment of recent.items) if (!underWay(deployment)) latest.set(deployment.id, deployment);
    isComplete = first.nextCursor === null;
    draw();
    ready();
    await rest(first.nextCursor, seen, take);
  }

  /** The others, when the page can already be read. */
  async function rest(cursor, seen, take) {
    try {
      while (cursor && !signal.aborted) {
        const next = await get(paths.services, { query: { limit: PAGE, cursor }, signal });
        take(next);
        cursor = next.nextCursor;
        draw();
      }
      for (const name of services.keys()) if (!seen.has(name)) services.delete(name);
      isComplete = true;
      if (!signal.aborted) draw();
    } catch (problem) {
      if (!signal.aborted) put(note, failure(problem, () => rest(cursor, seen, take))).hidden = false;
    }
  }

  await live.follow(signal, load, {
    service(service) {
      services.set(service.name, service);
      draw();
    },
    deployment(deployment) {
      if (underWay(deployment)) {
        moving.set(deployment.id, deployment);
      } else {
        if (moving.delete(deployment.id)) announce(`${deployment.id} ${meaning(deployment.state)}`);
        latest.set(deployment.id, deployment);
      }
      draw();
    },
  });
}

function text(service) {
  const { current } = service;
  return [service.name, service.repository, current?.tag, current?.sourceCommit, current?.source?.author, current?.source?.subject].join("\n").toLowerCase();
}

function row(service, moving) {
  const { current } = service;
  return h("li", { class: "row", "data-row": "" },
    h("span", { class: "cell name" },
      h("a", { href: links.service(service.name), "data-open": "", class: "strong" }, service.name),
      h("span", { class: "faint" }, service.repository ?? "removed from the configuration")),
    h("span", { class: "cell" }, current ? [hidden("deployed: "), tag(current.tag)] : h("span", { class: "faint" }, "not deployed")),
    h("span", { class: "cell wide" }, current && [h("span", { class: "hash" }, commit(current.sourceCommit)), sourceLine(current.source, current.adopted ? "was there before Slipway" : "source unknown")]),
    h("span", { class: "cell" }, current && [hidden("since "), age(current.since)]),
    h("span", { class: "cell badges" }, marks(service, moving)));
}

function marks(service, moving) {
  const list = [];
  for (const id of service.inFlight) {
    const deployment = moving.get(id);
    list.push(h("a", { href: links.deployment(id), class: "flight", "aria-label": `${id} ${deployment ? meaning(deployment.state) : "is under way"}` },
      deployment && tracker(deployment), h("span", { class: tone(deployment?.state ?? "queued") }, deployment?.state ?? id)));
  }
  if (service.health && service.health.status !== "healthy") list.push(badge(service.health.status));
  if (service.behind) list.push(h("span", { title: service.behind.reason }, badge("behind")));
  if (service.hold) list.push(h("span", { title: `${service.hold.actor}: ${service.hold.reason}` }, badge("hold", service.held ? "on hold, one waits" : "on hold")));
  if (!list.length && service.current) list.push(service.health ? badge("healthy") : badge("deployed"));
  return list;
}

function card(deployment) {
  const isOver = !underWay(deployment);
  return h("li", { class: `card ${tone(deployment.state)}` },
    h("a", { href: links.deployment(deployment.id), class: "cover", "aria-label": `${deployment.id} ${meaning(deployment.state)}` }),
    h("span", { class: "card-top" }, h("strong", null, deployment.service), h("span", { class: "faint mono" }, deployment.image?.tag ?? short(deployment.source?.commit))),
    tracker(deployment),
    h("span", { class: "card-state" }, sign(deployment.state), h("span", null, deployment.state), " ", isOver ? age(deployment.updatedAt) : running(deployment.updatedAt)),
    h("span", { class: "card-source" }, sourceLine(deployment.source, deployment.reason)));
}

