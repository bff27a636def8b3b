// What Argo CD and Kubernetes say of a service, asked a moment ago.
import { h } from "./dom.js";
import { short } from "./format.js";
import { age, facts, heading, mono, tableBox } from "./parts.js";
import { badge } from "./states.js";
import { button, rollBackDirectly } from "./actions.js";

const SYNC = { synced: ["healthy", "synced"], outOfSync: ["progressing", "out of sync"], unknown: ["unknown", "sync unknown"] };

/** One panel for each application, and one for Kubernetes. */
export function panels(answer, service) {
  return [...answer.applications.map((one) => panel(one, service)), answer.kubernetes && workload(answer.kubernetes, service)];
}

const back = (service, strategy, to, not = null) => button("Go back", service.name, () => rollBackDirectly(service, strategy, to), { not });

const PROGRESS = { complete: ["healthy", "complete"], progressing: ["progressing", "rolling out"], failed: ["degraded", "failed"] };

function workload({ namespace, deployment, seen, error }, service) {
  const name = `Kubernetes: ${namespace}/${deployment}`;
  if (!seen) return h("section", { class: "panel", "aria-label": "Kubernetes" }, heading(2, name), h("p", { class: "bad-text" }, error));
  const { replicas } = seen;
  return h("section", { class: "panel", "aria-label": "Kubernetes" },
    heading(2, name, badge(...PROGRESS[seen.progress]), seen.paused && badge("suspended", "paused")),
    h("p", null, seen.message),
    facts([
      ["Image", seen.images.map((image) => mono(image.split("/").at(-1), image))],
      ["Revision", seen.revision],
      ["Replicas", `${replicas.desired} desired, ${replicas.updated} updated, ${replicas.available} available, ${replicas.total} in all`],
    ]),
    podTable(seen.pods),
    seen.history.length > 0 && table("Revisions in Kubernetes", ["Revision", "Image", "Replicas", "When", "Cause", ""], seen.history.map((one) => [
      one.number, one.images.map((image) => mono(image.split("/").at(-1), image)), one.replicas, age(one.createdAt), one.cause,
      one.number !== seen.revision && back(service, "kubernetes", one.number)])));
}

function podTable(pods) {
  return pods.length > 0 && table("Pods", ["Pod", "Image", "State", "Restarts"], pods.map((pod) => [
    mono(pod.name), pod.images.map((image) => mono(image.split("/").at(-1), image)), [pod.reason, pod.message && ` ${pod.message}`], pod.restarts]));
}

function panel(rollout, service) {
  const { operation } = rollout;
  return h("section", { class: "panel", "aria-label": "Rollout" },
    heading(2, `Argo CD: ${rollout.application}`, badge(rollout.health.status), badge(...SYNC[rollout.sync])),
    rollout.health.message && h("p", null, rollout.health.message),
    rollout.errors.map((error) => h("p", { class: "bad-text" }, error)),
    facts([
      ["Auto-sync", rollout.autoSync ? "on" : "off"],
      ["Compared", age(rollout.reconciledAt)],
      ["Revision", rollout.revisions.map((revision) => mono(short(revision), revision))],
      ["Operation", operation && [operation.phase, " ", age(operation.finishedAt ?? operation.startedAt)]],
      ["Differs", rollout.outOfSync.length > 0 && rollout.outOfSync.join(", ")],
      ["Waits", rollout.obstacle],
    ]),
    operation?.message && h("p", { class: "faint" }, operation.message),
    operation?.hooks.length > 0 && table("Hooks", ["Hook", "Phase", "State", "Message"], operation.hooks.map((hook) => [mono(hook.name), hook.phase, hook.state, hook.message])),
    podTable(rollout.pods),
    rollout.history.length > 0 && table("Argo CD's history", ["Id", "Revision", "When", "By", ""], rollout.history.map((one, index) => [
      one.id, one.revisions.map((revision) => mono(short(revision), revision)), age(one.deployedAt), one.by,
      index > 0 && back(service, "argocd", one.id, rollout.autoSync ? "Argo CD refuses it while auto-sync is on: roll back through git" : null)])));
}

function table(caption, columns, rows) {
  return tableBox(caption, h("caption", null, caption),
    h("thead", null, h("tr", null, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", null, rows.map((row) => h("tr", null, row.map((cell) => h("td", null, cell))))));
}
