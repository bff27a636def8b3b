// One delivery, and why each service was or was not triggered.
import { h, put } from "./dom.js";
import { get, paths } from "./api.js";
import { fullTime } from "./format.js";
import { age, copyable, deploymentLink, empty, facts, mono, serviceLink, title } from "./parts.js";
import { badge, sign } from "./states.js";
import * as actions from "./actions.js";
import { live } from "./live.js";

const AGAIN = ["failed", "ignored", "none-matched"];
const OUTCOMES = {
  pending: "It is stored, and waits for its fetch and evaluation.",
  deployed: "It made deployments.",
  "none-matched": "It touches no service's paths.",
  covered: "An earlier evaluation had reached its commit already.",
  skipped: "Its commit asks to be skipped.",
  ignored: "It concerns no configured branch, or holds only Slipway's own commits.",
  failed: "Its body was not what GitHub documents, or its repository is no longer configured.",
};

export async function show(page, { parameter: guid, signal, ready }) {
  let delivery = null;

  async function load() {
    delivery = await get(paths.delivery(guid), { signal });
    draw();
    ready();
  }

  function draw() {
    const canRepeat = AGAIN.includes(delivery.outcome) && delivery.event === "push";
    put(page,
      title(`Delivery ${guid.slice(0, 8)}`, badge(delivery.outcome), h("span", { class: "spacer" }),
        h("div", { class: "actions" }, canRepeat && actions.button("Evaluate again…", null, () => actions.redeliver(delivery)))),
      h("p", { class: "lead" }, OUTCOMES[delivery.outcome], " ", h("span", { class: "wrap" }, delivery.reason)),
      h("section", { class: "panel", "aria-label": "What was sent" }, facts([
        ["Received", h("span", { title: fullTime(delivery.receivedAt) }, age(delivery.receivedAt))],
        ["Event", delivery.event],
        ["Repository", delivery.repository ?? "none that is configured"],
        ["Ref", delivery.ref && mono(delivery.ref)],
        ["Before", delivery.before && copyable(delivery.before, delivery.before.slice(0, 12))],
        ["After", delivery.after && copyable(delivery.after, delivery.after.slice(0, 12))],
        ["GUID", copyable(delivery.guid)],
        ["Deployments", delivery.deployments.length > 0 && delivery.deployments.map((id) => [deploymentLink(id), " "])],
      ])),
      h("section", { class: "stack", "aria-labelledby": "services" }, h("h2", { id: "services" }, "Service by service"),
        delivery.services.length ? matches(delivery.services) : empty(delivery.outcome === "pending" ? "It has not been evaluated yet." : "It was not compared with any service.")));
  }

  await live.follow(signal, load, {
    delivery(next) {
      if (next.guid !== guid) return;
      delivery = next;
      draw();
    },
  });
}

/** Those that were triggered first. */
export function matches(services) {
  const sorted = [...services].sort((one, other) => Number(other.triggered) - Number(one.triggered) || (one.name < other.name ? -1 : 1));
  return h("ul", { class: "matches", role: "list" }, sorted.map((service) => h("li", { class: service.triggered ? "yes" : "no" },
    sign(service.triggered ? "deployed" : "none-matched"),
    h("div", null, h("p", null, h("strong", null, serviceLink(service.name)), service.triggered ? " is triggered" : " is not triggered"),
      h("p", { class: "faint wrap" }, service.file ? [mono(service.file), service.pattern && [" is matched by ", mono(service.pattern)]] : service.reason)))));
}
