// The vocabulary of states: what each is called, and its sign. Colour never says anything alone.
import { h, s } from "./dom.js";

/** The line, in order; `held` only where there is a hold, `syncing` only with a rollout to watch. */
export const LINE = ["queued", "building", "publishing", "committing", "syncing"];
export const UNDER_WAY = ["queued", "building", "publishing", "held", "committing", "syncing"];
export const STATES = [...UNDER_WAY, "live", "committed", "failed", "superseded", "cancelled"];
export const CAUSES = ["push", "catch-up", "manual", "rollback", "auto-rollback", "retry", "release", "external"];

const isUnderWay = new Set(UNDER_WAY);
export const underWay = (deployment) => isUnderWay.has(deployment.state);
export const canCancel = (deployment) => ["queued", "building", "publishing", "held"].includes(deployment.state);
export const canRetry = (deployment) => ["failed", "cancelled"].includes(deployment.state);
/** Its image was, or is, what git says should run. */
/** Whether a rollback can go back to it. */
export const canReturn = ({ manifestCommit, image }) => manifestCommit !== null && image !== null && image.givenUpAt === null;

const MEANING = {
  queued: "waits for a builder", building: "is being built", publishing: "is being published",
  held: "waits for the hold to end", committing: "is being committed", syncing: "is being rolled out",
  live: "runs and is healthy", committed: "is what git says should run", failed: "failed",
  superseded: "gave way to a newer one", cancelled: "was cancelled",
};
export const meaning = (state) => MEANING[state] ?? state;

// One shape for each kind of state, on a grid of 16.
const SIGNS = {
  ok: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm3.3 4.9-3.9 4.5a.9.9 0 0 1-1.3.05L4.6 9.4a.85.85 0 0 1 1.2-1.2l.9.9 3.3-3.8a.86.86 0 1 1 1.3 1.1Z"],
  moving: ["M8 1.5a6.5 6.5 0 1 0 6.5 6.5h-2A4.5 4.5 0 1 1 8 3.5Z"],
  waiting: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.8a4.7 4.7 0 1 1 0 9.4 4.7 4.7 0 0 1 0-9.4Zm-.8 1.6v3.5l2.5 1.6.8-1.2-1.9-1.1V4.9Z"],
  held: ["M4 2.5h2.8v11H4zM9.2 2.5H12v11H9.2z"],
  failed: ["M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3Zm.6 3.2-1.2 1.2L6.8 8l-2.1 2.1 1.2 1.2L8 9.2l2.1 2.1 1.2-1.2L9.2 8l2.1-2.1-1.2-1.2L8 6.8Z"],
  past: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.7a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6Zm-2.6 4v1.6h5.2V7.2Z"],
  behind: ["M8 1.6 15 14H1Zm-.8 4.2.2 4h1.2l.2-4Zm.8 4.9a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8Z"],
  unknown: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.7a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6Z"],
};
const SIGN_OF = {
  queued: "waiting", building: "moving", publishing: "moving", held: "held", committing: "moving",
  syncing: "moving", live: "ok", committed: "ok", failed: "failed", superseded: "past", cancelled: "past",
  healthy: "ok", suspended: "held", progressing: "moving", missing: "failed", degraded: "failed",
  unknown: "unknown", deployed: "ok", pending: "waiting", "none-matched": "past", covered: "past",
  skipped: "past", ignored: "past", behind: "behind", hold: "held", none: "unknown", delivered: "ok", dead: "failed",
};

/** A sign, for people who see; always beside a word. */
export function sign(state) {
  return s("svg", { class: `sign ${tone(state)}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    SIGNS[SIGN_OF[state] ?? "unknown"].map((d) => s("path", { d, "fill-rule": "evenodd" })));
}

/** The class that colours a state. */
export const tone = (state) => `tone-${state}`;

const WORDS = { none: "not deployed", "none-matched": "none matched" };
export const word = (state) => WORDS[state] ?? state;

/** A sign with its word. */
export function badge(state, text = word(state)) {
  return h("span", { class: `badge ${tone(state)}` }, sign(state), h("span", null, text));
}
