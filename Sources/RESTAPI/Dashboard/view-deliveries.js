// What GitHub sent, and what became of it; and what a push would deploy.
import { h, put, reconcile } from "./dom.js";
import { links, paths, post } from "./api.js";
import { pages } from "./pages.js";
import { branchName, isZero, short } from "./format.js";
import { age, deploymentLink, more, title } from "./parts.js";
import { badge } from "./states.js";
import { refusal } from "./dialog.js";
import { live } from "./live.js";
import { matches } from "./view-delivery.js";

const PAGE = 50;

export async function show(page, { query, signal, ready }) {
  const list = pages(paths.deliveries, () => ({ limit: PAGE }), { signal, key: "guid" });
  const all = list.items;
  let search = query.get("q") ?? "";
  const field = h("input", { type: "search", placeholder: "Filter by commit, branch, outcome, service or file", "aria-label": "Filter deliveries", "data-search": "", value: search, spellcheck: "false",
    oninput: () => { search = field.value; draw(); } });
  const rows = h("ul", { class: "rows deliveries", role: "list" });
  const note = h("p", { class: "empty" });
  const end = more(async () => { await list.next(); draw(); return list.hasMore; }, signal);
  put(page, title("Deliveries", h("span", { class: "spacer" }), h("a", { href: links.notifications }, "Notifications: what was sent on")),
    h("p", { class: "lead" }, "Why was mine not built? Find the push, and see for every service the file and the pattern that decided."),
    h("div", { class: "tools" }, field), planner(),
    h("div", { class: "row head", "aria-hidden": "true" }, ["Push", "Outcome", "Reason", "Deployments", "Received"].map((text) => h("span", null, text))),
    rows, note, end);

  async function load() {
    await list.first();
    draw();
    ready();
  }

  function draw() {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const items = [...all.values()].filter((one) => words.every((word) => text(one).includes(word))).sort((one, other) => (one.receivedAt < other.receivedAt ? 1 : -1));
    reconcile(rows, items, { key: (one) => one.guid, stamp: (one) => `${one.outcome} ${one.reason} ${one.deployments}`, render: row });
    put(note, items.length ? "" : all.size ? (list.hasMore ? "None of those that were loaded is like that." : "No delivery is like that.") : "GitHub has sent nothing yet. docs/operations.md says how to add the webhook.");
    note.hidden = items.length > 0;
    end.hidden = !list.hasMore;
  }

  await live.follow(signal, load, {
    delivery(next) {
      all.set(next.guid, next);
      draw();
    },
  });
}

const text = (one) => [one.guid, one.event, one.repository, one.ref, one.before, one.after, one.outcome, one.reason,
  ...one.services.flatMap((service) => [service.name, service.file])].join("\n").toLowerCase();

function row(delivery) {
  return h("li", { class: "row", "data-row": "" },
    h("span", { class: "cell name" }, h("a", { href: links.delivery(delivery.guid), "data-open": "", class: "strong" },
      delivery.event === "push" ? `${delivery.repository ?? "unknown"} ${branchName(delivery.ref)}` : delivery.event),
    h("span", { class: "faint mono" }, range(delivery))),
    h("span", { class: "cell" }, badge(delivery.outcome)),
    h("span", { class: "cell wide" }, h("span", { class: "subject", title: delivery.reason }, delivery.reason)),
    h("span", { class: "cell links" }, delivery.deployments.slice(0, 4).map(deploymentLink), delivery.deployments.length > 4 && `and ${delivery.deployments.length - 4} more`),
    h("span", { class: "cell when" }, age(delivery.receivedAt)));
}

export function range({ before, after }) {
  if (!after) return "";
  if (isZero(before)) return `new at ${short(after)}`;
  if (isZero(after)) return `deleted at ${short(before)}`;
  return `${short(before)}…${short(after)}`;
}

/** POST /api/v1/plan: asks, and changes nothing. */
function planner() {
  const answer = h("div", { "aria-live": "polite" });
  const input = (name, label, placeholder) => h("label", null, h("span", null, label), h("input", { name, required: true, placeholder, autocomplete: "off", spellcheck: "false" }));
  return h("details", { class: "panel planner" }, h("summary", null, "What would a push deploy?"),
    h("form", { onsubmit: ask }, input("repository", "Repository", "its name in the configuration"), input("before", "Before", "full commit id"), input("after", "After", "full commit id"), h("button", { type: "submit" }, "Ask")),
    answer);

  async function ask(event) {
    event.preventDefault();
    const { repository, before, after } = Object.fromEntries(new FormData(event.target));
    try {
      const plan = await post("/api/v1/plan", { repository: repository.trim(), before: before.trim(), after: after.trim() });
      put(answer, h("p", null, plan.base ? `${plan.files.length} changed files count.` : "There is no commit to compare with: every service of the repository triggers."), matches(plan.services));
    } catch (problem) {
      put(answer, refusal(problem));
    }
  }
}
