// How long a deployment stood where: from its timeline, drawn to scale; and where it stands now.
import { h, hidden } from "./dom.js";
import { duration } from "./format.js";
import { LINE, underWay } from "./states.js";

const ENDS = new Set(["live", "committed", "failed", "superseded", "cancelled"]);

/** Times in each state, in order: `[{state, from, to, open}]`. A remark is no new state. */
export function segments(deployment, now = Date.now()) {
  const result = [];
  for (const { state, at } of deployment.timeline ?? []) {
    const time = Date.parse(at);
    const last = result.at(-1);
    if (last?.state === state && last.open) continue;
    if (last?.open) Object.assign(last, { to: time, open: false });
    if (!ENDS.has(state)) result.push({ state, from: time, to: now, open: true });
  }
  return result;
}

/** What a row is measured by: waiting for a hold may take days, and is drawn at a width of its own. */
export function length(deployment, now) {
  return segments(deployment, now).reduce((sum, { state, from, to }) => sum + (state === "held" ? 0 : to - from), 0);
}

/** How long it has been under way in all, or took. */
export function elapsed(deployment, now = Date.now()) {
  return (deployment.finishedAt ? Date.parse(deployment.finishedAt) : now) - Date.parse(deployment.createdAt);
}

/**
 * Bars to scale.
 *
 * @param scale milliseconds that are as wide as the column
 */
export function stageBar(deployment, scale, { large = false } = {}) {
  const parts = segments(deployment);
  const words = parts.map(({ state, from, to, open }) => `${state} ${duration(to - from)}${open ? " so far" : ""}`).join(", ");
  const bar = h("span", { class: large ? "scale large" : "scale", "aria-hidden": "true", title: words || null });
  for (const { state, from, to, open } of parts) {
    const share = ((to - from) / Math.max(scale, 1)) * 100;
    const piece = h("span", { class: `piece stage-${state}${open ? " open" : ""}` });
    if (large) piece.style.flexGrow = state === "held" ? 0 : share;
    else if (state !== "held") piece.style.width = `${Math.min(share, 100)}%`;
    if (large && share > 12) piece.append(h("span", null, `${state} ${duration(to - from)}`));
    bar.append(piece);
  }
  return h("span", { class: "scale-box" }, bar, hidden(words || "no times were recorded"));
}

/** The line with the place where a deployment stands: what is done, what moves, what is to come. */
export function tracker(deployment) {
  const isHeld = deployment.state === "held";
  const place = isHeld ? LINE.indexOf("publishing") : LINE.indexOf(deployment.state);
  const ended = place < 0;
  return h("span", { class: "tracker", "aria-hidden": "true" },
    LINE.map((stage, index) => {
      const kind = ended ? (deployment.state === "failed" ? "bad" : "done") : index < place || (isHeld && index === place) ? "done" : index === place ? "now" : "next";
      return h("i", { class: `${kind} stage-${stage}` });
    }));
}

/** When it entered the state that it is in, as far as is known without a timeline. */
export function since(deployment) {
  const inState = (deployment.timeline ?? []).findLast((row, index, rows) => row.state === deployment.state && rows[index - 1]?.state !== row.state);
  return inState?.at ?? (underWay(deployment) ? deployment.updatedAt : deployment.finishedAt);
}

/** What the colours of the bars mean. */
export function legend(states) {
  return h("ul", { class: "legend" }, states.map((state) => h("li", null, h("i", { class: `stage-${state}`, "aria-hidden": "true" }), state)));
}
