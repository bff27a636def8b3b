// What the configured targets were told of deployments, and what they were not.
import { h, put, reconcile } from "./dom.js";
import { get, paths } from "./api.js";
import { pages } from "./pages.js";
import { age, deploymentLink, failure, more, title } from "./parts.js";
import { badge, sign } from "./states.js";
import { rewrite } from "./router.js";
import { live } from "./live.js";
import * as actions from "./actions.js";

const PAGE = 50;
/** No event tells that a target was told: what is owed is asked for again. */
const AGAIN = 5_000;
const STATES = ["pending", "delivered", "dead"];

export async function show(page, { query, signal, ready }) {
  let state = STATES.includes(query.get("state")) ? query.get("state") : null;
  const list = pages(paths.notifications, () => ({ limit: PAGE, state }), { signal });
  const all = list.items;
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Show" }, [null, ...STATES].map((name) =>
    h("button", { type: "button", class: "chip", "data-name": name, onclick: () => choose(name) }, name ? WORDS[name] : "All")));
  const rows = h("ul", { class: "rows notifications", role: "list" });
  const note = h("p", { class: "empty", role: "status" });
  const end = more(async () => { await list.next(); draw(); return list.hasMore; }, signal);
  put(page, title("Notifications", h("span", { class: "spacer" }), h("a", { href: "/deliveries" }, "Deliveries: what came in")),
    h("p", { class: "lead" }, "Each step of a deployment is told to the configured targets until they take it. What was given up waits here until somebody has it sent again."),
    h("div", { class: "tools" }, chips),
    h("div", { class: "row head", "aria-hidden": "true" }, ["Target", "Step", "State", "Last answer", "When"].map((text) => h("span", null, text))),
    rows, note, end);

  async function load() {
    await list.first();
    draw();
    ready();
  }

  async function choose(name) {
    state = name;
    rewrite({ state });
    try {
      await load();
    } catch (problem) {
      if (!signal.aborted) put(note, failure(problem, () => choose(name))).hidden = false;
    }
  }

  function draw() {
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String((chip.dataset.name ?? null) === state));
    const items = [...all.values()].filter((one) => !state || one.state === state).sort((one, other) => order(other) - order(one));
    reconcile(rows, items, { key: (one) => one.id, stamp: (one) => `${one.state} ${one.attempts} ${one.nextAttemptAt}`, render: row });
    put(note, items.length ? "" : state ? `None is ${WORDS[state]}.` : ["No target has been told of anything. ", h("code", null, "notifications:"), " in the configuration names them."]);
    note.hidden = items.length > 0;
    end.hidden = !list.hasMore;
  }

  /** The newest ones, and those that are shown as pending. */
  async function look() {
    const newest = await get(paths.notifications, { query: { limit: PAGE, state }, signal });
    for (const one of newest.items) all.set(one.id, one);
    const seen = new Set(newest.items.map((one) => one.id));
    const owed = [...all.values()].filter((one) => one.state === "pending" && !seen.has(one.id)).slice(0, PAGE);
    for (const one of await Promise.all(owed.map(({ id }) => get(paths.notification(id), { signal })))) all.set(one.id, one);
    draw();
  }

  let isChanged = false;
  async function keep() {
    const isOwed = [...all.values()].some((one) => one.state === "pending");
    if (!document.hidden && (isChanged || isOwed)) {
      isChanged = false;
      try {
        await look();
      } catch {
        isChanged = true; // the frame says that there is no connection
      }
    }
    if (!signal.aborted) timer = setTimeout(keep, AGAIN);
  }
  let timer = setTimeout(keep, AGAIN);
  signal.addEventListener("abort", () => clearTimeout(timer));

  await live.follow(signal, load, { deployment() { isChanged = true; } });

  function row(one) {
    return h("li", { class: "row", "data-row": "" },
      h("span", { class: "cell name" }, h("strong", null, one.target), h("span", { class: "faint mono" }, one.id)),
      h("span", { class: "cell" }, deploymentLink(one.deployment), " ", h("span", { class: "step" }, sign(one.deploymentState), " ", one.deploymentState)),
      h("span", { class: "cell" }, badge(one.state, WORDS[one.state])),
      h("span", { class: "cell wide" }, h("span", { class: "subject", title: one.lastError ?? "" }, answered(one)),
        one.state !== "pending" && actions.button("Send again…", null, () => actions.sendAgain(one, (next) => { all.set(next.id, next); draw(); }), { kind: "quiet" })),
      h("span", { class: "cell when" }, age(one.happenedAt)));
  }
}

const WORDS = { pending: "pending", delivered: "delivered", dead: "given up" };
const order = ({ id }) => Number(id.slice(1));

function answered({ state, attempts, lastError, nextAttemptAt, endedAt }) {
  const times = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  if (state === "delivered") return ["taken ", age(endedAt), attempts > 1 && `, ${times}`];
  if (state === "dead") return `${lastError}; ${times}`;
  return attempts ? [`${lastError}; ${times}, the next `, age(nextAttemptAt)] : "not sent yet";
}
