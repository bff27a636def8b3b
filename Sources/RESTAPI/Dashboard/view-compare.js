// Two deployments of a service, and the commits between them.
import { h, put } from "./dom.js";
import { get, links, paths } from "./api.js";
import { duration, plural, short } from "./format.js";
import { age, copyable, deploymentLink, empty, failure, sourceLine, tag, title } from "./parts.js";
import { badge } from "./states.js";
import { elapsed, length, stageBar } from "./stages.js";
import { go } from "./router.js";

const DIRECTIONS = {
  ahead: (from, to) => `${to} has these commits, and ${from} has not.`,
  behind: (from, to) => `${to} is older: it lacks these commits, which ${from} has.`,
  diverged: (from, to) => `The branch was rewritten in between. These are the commits that only ${to} has.`,
  same: () => "Both carry the same commit.",
};

export async function show(page, { query, signal, ready }) {
  const from = query.get("from") ?? "";
  const to = query.get("to") ?? "";
  put(page, title("Compare"));
  if (!from || !to) {
    page.append(empty("Choose two deployments in a service's history."));
    return;
  }
  const commits = h("section", { class: "stack", "aria-labelledby": "between" }, h("h2", { id: "between" }, "Commits between them"), h("p", { class: "empty" }, "Loading…"));
  const [one, other] = await Promise.all([from, to].map((id) => get(paths.deployment(id), { signal })));
  const scale = Math.max(length(one), length(other));
  page.firstElementChild.append(h("span", { class: "spacer" }), h("button", { type: "button", onclick: () => go(links.compare(to, from), { replace: true }) }, "The other way round"));
  page.append(h("div", { class: "columns even" }, [one, other].map((deployment) => side(deployment, scale))), commits);
  ready();
  try {
    const comparison = await get("/api/v1/compare", { query: { from, to }, signal });
    put(commits, h("h2", { id: "between" }, "Commits between them"), between(comparison));
  } catch (problem) {
    if (signal.aborted) return;
    put(commits, h("h2", { id: "between" }, "Commits between them"), failure(problem));
  }
}

function side(deployment, scale) {
  return h("section", { class: "panel" },
    h("div", { class: "heading" }, h("h2", null, deploymentLink(deployment.id)), badge(deployment.state)),
    h("p", null, deployment.image ? tag(deployment.image.tag) : null, " ", sourceLine(deployment.source, deployment.reason)),
    h("p", { class: "faint" }, deployment.cause, " by ", deployment.actor, ", ", age(deployment.createdAt), ", ", duration(elapsed(deployment))),
    deployment.image && h("p", null, copyable(deployment.image.digest, deployment.image.digest.slice(7, 19))),
    stageBar(deployment, scale));
}

function between({ from, to, base, head, direction, commits, truncated }) {
  return [
    h("p", { class: "lead" }, DIRECTIONS[direction](from, to), " ", h("span", { class: "faint mono" }, `${short(base)}…${short(head)}`)),
    commits.length > 0 && h("ol", { class: "commits" }, commits.map((commit) => h("li", null,
      copyable(commit.commit, short(commit.commit)), h("span", { class: "subject", title: commit.subject }, commit.subject), h("span", { class: "faint" }, commit.author), h("span", { class: "faint" }, age(commit.at))))),
    truncated && h("p", { class: "faint" }, `Only the newest ${plural(commits.length, "commit")} are shown.`),
  ];
}

/** Asks for two of a history. */
export function chooseTwo(service, history, chosen) {
  const items = history.sort((one, other) => other.number - one.number);
  const pick = (name, label, value) => h("label", null, h("span", null, label), h("select", { name }, items.map((one) =>
    h("option", { value: one.id, selected: one.id === value }, [one.id, one.state, one.source?.subject].filter(Boolean).join(" · ")))));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "compare-title" },
    h("h2", { id: "compare-title" }, `Compare two deployments of ${service}`),
    h("form", { class: "question", method: "dialog", onsubmit: (event) => {
      const { from, to } = Object.fromEntries(new FormData(event.target));
      chosen(from, to);
    } }, pick("from", "From", items[1]?.id), pick("to", "To", items[0]?.id),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { class: "primary", type: "submit" }, "Compare"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
