// The deployments of all services, newest first.
import { h, put, reconcile } from "./dom.js";
import { get, paths } from "./api.js";
import { pages } from "./pages.js";
import { more, title } from "./parts.js";
import { CAUSES, STATES, UNDER_WAY, underWay } from "./states.js";
import { legend, length } from "./stages.js";
import { historyRow } from "./view-service.js";
import { live } from "./live.js";
import { rewrite } from "./router.js";

const PAGE = 40;
const PRESETS = [
  ["All", { state: [], cause: [] }], ["Under way", { state: UNDER_WAY, cause: [] }], ["Failed", { state: ["failed"], cause: [] }],
  ["Rollbacks", { state: [], cause: ["rollback", "auto-rollback"] }], ["By hand", { state: [], cause: ["manual"] }], ["By others", { state: [], cause: ["external"] }],
];

export async function show(page, { query, signal, ready }) {
  let filter = { state: query.getAll("state").filter((one) => STATES.includes(one)), cause: query.getAll("cause").filter((one) => CAUSES.includes(one)) };
  const list = pages(paths.deployments, () => ({ ...filter, timeline: true, limit: PAGE }), { signal });
  const all = list.items;
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Show" }, PRESETS.map(([text, preset]) =>
    h("button", { type: "button", class: "chip", onclick: () => choose(preset) }, text)));
  const rows = h("ul", { class: "rows history", role: "list" });
  const note = h("p", { class: "empty" }, "No deployment is like that.");
  const end = more(async () => { await list.next(); draw(); return list.hasMore; }, signal);
  put(page, title("Deployments"), h("div", { class: "tools" }, chips), legend(UNDER_WAY),
    h("div", { class: "row head", "aria-hidden": "true" }, ["Deployment", "State", "Source", "Where the time went", "When"].map((text) => h("span", null, text))),
    rows, note, end);

  async function choose(preset) {
    filter = preset;
    rewrite(filter);
    await load();
  }

  async function load() {
    await list.first();
    draw();
    ready();
  }

  function draw() {
    const items = [...all.values()].filter(matches).sort((one, other) => (one.createdAt < other.createdAt ? 1 : one.createdAt > other.createdAt ? -1 : one.id < other.id ? 1 : -1));
    const scale = Math.max(1, ...items.map((one) => length(one)));
    reconcile(rows, items, { key: (one) => one.id, stamp: (one) => `${one.state} ${one.updatedAt} ${one.timeline?.length} ${scale}`, render: (one) => historyRow(one, scale) });
    note.hidden = items.length > 0;
    end.hidden = !list.hasMore;
    PRESETS.forEach(([, preset], index) => chips.children[index].setAttribute("aria-pressed", String(JSON.stringify(preset) === JSON.stringify(filter))));
  }

  const matches = (one) => (!filter.state.length || filter.state.includes(one.state)) && (!filter.cause.length || filter.cause.includes(one.cause));

  const timer = setInterval(() => { if ([...all.values()].some(underWay)) draw(); }, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));

  await live.follow(signal, load, {
    async deployment(next) {
      if (!all.has(next.id) && !matches(next)) return;
      all.set(next.id, { ...next, timeline: all.get(next.id)?.timeline ?? [] });
      draw();
      all.set(next.id, await get(paths.deployment(next.id), { signal }));
      draw();
    },
  });
}
