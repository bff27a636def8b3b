// One service: what runs, what stands in the way, and its history to scale.
import { h, put, reconcile, exchange, announce } from "./dom.js";
import { get, links, paths } from "./api.js";
import { pages, whole } from "./pages.js";
import { duration, fullTime, short } from "./format.js";
import { age, commit, copyable, deploymentLink, facts, heading, more, running, sourceLine, tag, title } from "./parts.js";
import { badge, CAUSES, meaning, sign, STATES, UNDER_WAY, underWay } from "./states.js";
import { elapsed, legend, length, stageBar, tracker } from "./stages.js";
import * as actions from "./actions.js";
import { live } from "./live.js";
import { go, rewrite } from "./router.js";

const PAGE = 25;

export async function show(page, { parameter: name, query, signal, ready }) {
  let service = null;
  const list = pages(paths.serviceDeployments(name), () => ({ ...filter, timeline: true, limit: PAGE }), { signal });
  const history = list.items;
  const filter = { state: query.getAll("state"), cause: query.getAll("cause") };

  const head = h("div");
  const rollout = h("div", { class: "stack" });
  const rows = h("ul", { class: "rows history", role: "list" });
  const note = h("p", { class: "empty" });
  const end = more(async () => { await list.next(); draw(); return list.hasMore; }, signal);
  const compare = h("button", { type: "button", class: "quiet", onclick: openComparison }, "Compare two…");
  const pickers = [picker("state", STATES), picker("cause", CAUSES)];
  put(page, head, rollout, heading(2, "History", h("span", { class: "spacer" }), ...pickers, compare),
    legend(UNDER_WAY),
    h("div", { class: "row head", "aria-hidden": "true" }, ["Deployment", "State", "Source", "Where the time went", "When"].map((text) => h("span", null, text))),
    rows, note, end);

  function picker(key, values) {
    const select = h("select", { "aria-label": `Only this ${key}`, onchange: async () => {
      filter[key] = select.value ? [select.value] : [];
      rewrite(filter);
      await list.first();
      draw();
    } }, h("option", { value: "" }, key === "state" ? "any state" : "any cause"), values.map((value) => h("option", { value, selected: filter[key].includes(value) }, value)));
    return select;
  }

  async function load() {
    [service] = await Promise.all([get(paths.service(name), { signal }), list.first()]);
    drawHead();
    draw();
    ready();
  }

  function drawHead() {
    const fresh = serviceHead(service, { changed: (next) => { service = next; drawHead(); }, synced: showRollout, askRollout });
    if (head.firstElementChild) exchange(head.firstElementChild, fresh);
    else head.append(fresh);
  }

  function draw() {
    const items = [...history.values()].sort((one, other) => other.number - one.number);
    const scale = Math.max(1, ...items.map((one) => length(one)));
    reconcile(rows, items, {
      key: (one) => one.id, stamp: (one) => JSON.stringify([one.state, one.updatedAt, one.timeline?.length, scale, service.current?.deployment === one.id]),
      render: (one) => historyRow(one, scale, service),
    });
    put(note, items.length ? "" : filter.state.length || filter.cause.length ? "No deployment is like that." : "Nothing has been deployed by Slipway yet.");
    note.hidden = items.length > 0;
    end.hidden = !list.hasMore;
    compare.hidden = items.length < 2;
  }

  // A bar that moves, while something is under way.
  const timer = setInterval(() => { if ([...history.values()].some(underWay)) draw(); }, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));

  async function askRollout() {
    try {
      showRollout(await get(`${paths.service(name)}/rollout`, { signal }));
    } catch (problem) {
      if (!signal.aborted) put(rollout, h("div", { class: "notice bad" }, problem.message));
    }
  }
  async function showRollout(answer) {
    const { panels } = await import("./rollout.js");
    put(rollout, ...panels(answer, service));
  }

  async function openComparison() {
    const { chooseTwo } = await import("./view-compare.js");
    chooseTwo(name, [...history.values()], (from, to) => go(links.compare(from, to)));
  }

  await live.follow(signal, load, {
    service(next) {
      if (next.name !== name) return;
      service = next;
      drawHead();
      draw();
    },
    async deployment(next) {
      if (next.service !== name) return;
      const known = history.get(next.id);
      if (known?.state !== next.state) announce(`${next.id} ${meaning(next.state)}`);
      if (!known && (filter.state.length || filter.cause.length)) return;
      history.set(next.id, { ...next, timeline: known?.timeline ?? [] });
      draw();
      const found = await whole(next.id, signal);
      const shown = history.get(next.id);
      if (!found || !shown || found.updatedAt < shown.updatedAt) return;
      history.set(next.id, found);
      draw();
    },
  });
}

function serviceHead(service, { changed, synced, askRollout }) {
  const { current, health } = service;
  const isRemoved = service.repository === null ? "The service is no longer configured." : null;
  return h("div", { class: "stack" },
    title(service.name,
      health ? badge(health.status) : current && badge("deployed"),
      h("span", { class: "spacer" }),
      h("div", { class: "actions" },
        actions.button("Deploy…", service.name, () => actions.deploy(service), { not: isRemoved }),
        service.hold ? actions.button("Release…", service.name, () => actions.release(service, changed), { key: "hold" })
          : actions.button("Hold…", service.name, () => actions.hold(service, changed), { key: "hold", not: isRemoved }),
        health && h("button", { type: "button", onclick: askRollout }, "Rollout"),
        health && actions.button("Sync…", service.name, () => actions.sync(service, synced), { not: isRemoved }),
        actions.button("Roll back…", service.name, () => actions.rollBack(service), { kind: "danger", key: "rollback", not: isRemoved ?? (current ? null : "Nothing is deployed.") }))),
    isRemoved && h("div", { class: "notice" }, isRemoved, " Its history stays."),
    service.hold && h("div", { class: "notice hold" }, sign("hold"), h("div", null,
      h("strong", null, holdEnd(service.hold)), h("p", null, `${service.hold.actor}: ${service.hold.reason}`),
      h("p", { class: "faint" }, "Since ", age(service.hold.since), service.held && [". ", deploymentLink(service.held), " is built and waits."]))),
    service.behind && h("div", { class: "notice behind" }, sign("behind"), h("div", null,
      h("strong", null, "Behind: ", h("code", { class: "mono", title: service.behind.commit }, short(service.behind.commit)), " is not deployed"),
      h("p", null, service.behind.reason), h("p", { class: "faint" }, "Since ", age(service.behind.since)))),
    health && health.status !== "healthy" && health.message && h("div", { class: "notice bad" }, sign(health.status), h("div", null, h("strong", null, `Argo CD: ${health.status}`), h("p", null, health.message))),
    h("section", { class: "panel", "aria-label": "Deployed now" }, current ? [
      h("div", { class: "now" }, h("span", { class: "now-tag" }, current.tag), sourceLine(current.source, current.adopted ? "was there before Slipway" : "source unknown")),
      facts([
        ["Since", age(current.since)],
        ["Deployment", current.deployment && deploymentLink(current.deployment)],
        ["Source", current.sourceCommit && copyable(current.sourceCommit, short(current.sourceCommit))],
        ["Manifest commit", current.manifestCommit && copyable(current.manifestCommit, short(current.manifestCommit))],
        ["Digest", current.digest && copyable(current.digest, current.digest.slice(7, 19))],
        ["Repository", service.repository],
        ["Health", health && h("span", { title: fullTime(health.observedAt) }, health.status)],
        ["Measures", h("a", { href: links.insights(service.name) }, "insights")],
      ]),
    ] : h("p", { class: "empty" }, "Slipway does not know yet what is deployed: it looks when the branch is first pushed to, or when you deploy by hand.")));
}

function holdEnd(hold) {
  if (hold.until === "released") return "On hold until somebody releases it";
  if (hold.until === "next-push") return "On hold until the next push that triggers it";
  return `On hold until ${fullTime(hold.until)}`;
}

export function historyRow(deployment, scale, service = null) {
  const isCurrent = service?.current?.deployment === deployment.id;
  return h("li", { class: `row${isCurrent ? " current" : ""}`, "data-row": "" },
    h("span", { class: "cell name" }, h("a", { href: links.deployment(deployment.id), "data-open": "", class: "mono strong" }, deployment.id),
      h("span", { class: "faint" }, deployment.cause, " · ", deployment.actor)),
    h("span", { class: "cell" }, badge(deployment.state), isCurrent && deployment.state !== "live" && h("span", { class: "pill" }, "now"),
      underWay(deployment) && deployment.state !== "held" && tracker(deployment)),
    h("span", { class: "cell wide" }, deployment.image ? tag(deployment.image.tag) : commit(deployment.source?.commit), " ",
      deployment.failure ? h("span", { class: "bad-text subject", title: deployment.failure.message }, deployment.failure.message) : sourceLine(deployment.source, deployment.reason)),
    h("span", { class: "cell bar-cell" }, stageBar(deployment, scale), underWay(deployment) ? running(deployment.createdAt) : h("span", { class: "num faint" }, duration(elapsed(deployment)))),
    h("span", { class: "cell when" }, age(deployment.createdAt)));
}
