// One deployment: where it stands, how it came there, and what its build says.
import { h, put, exchange, announce } from "./dom.js";
import { get, links, paths } from "./api.js";
import { whole } from "./pages.js";
import { clock, duration, fullTime, short } from "./format.js";
import { copyable, deploymentLink, facts, mono, running, serviceLink, title } from "./parts.js";
import { badge, canCancel, canRetry, canReturn, meaning, sign, underWay } from "./states.js";
import { elapsed, length, segments, stageBar, tracker } from "./stages.js";
import * as actions from "./actions.js";
import { live } from "./live.js";
import { followLog } from "./log.js";

export async function show(page, { parameter: id, signal, ready }) {
  let deployment = null;
  let service = null;
  const head = h("div");
  const body = h("div");
  const log = h("section", { class: "stack", "aria-labelledby": "log-title" });
  put(page, head, body, log);

  async function load() {
    deployment = await get(paths.deployment(id), { signal });
    service = await get(paths.service(deployment.service), { signal });
    draw();
    ready();
    if (!log.firstChild) followLog(log, id, signal);
  }

  function draw() {
    const parts = [[head, header(deployment, service)], [body, details(deployment)]];
    for (const [box, fresh] of parts) {
      if (box.firstElementChild) exchange(box.firstElementChild, fresh);
      else box.append(fresh);
    }
  }

  const timer = setInterval(() => deployment && underWay(deployment) && body.querySelector(".scale-box")?.replaceWith(bar(deployment)), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));

  await live.follow(signal, load, {
    service(next) {
      if (next.name !== deployment?.service) return;
      service = next;
      draw();
    },
    async deployment(next) {
      if (next.id !== id || next.updatedAt < deployment.updatedAt) return;
      if (next.state !== deployment.state) announce(`${id} ${meaning(next.state)}`);
      deployment = { ...next, timeline: deployment.timeline };
      draw();
      const found = await whole(id, signal);
      if (!found || found.updatedAt < deployment.updatedAt) return;
      deployment = found;
      draw();
    },
  });
}

const ENDS = ["live", "committed", "failed", "superseded", "cancelled"];
const bar = (deployment) => stageBar(deployment, length(deployment), { large: true });

function header(deployment, service) {
  const isCurrent = service.current?.deployment === deployment.id;
  const { failure } = deployment;
  return h("div", { class: "stack" },
    title(deployment.id, badge(deployment.state), isCurrent && h("span", { class: "pill" }, "deployed now"), deployment.recovered && h("span", { class: "pill" }, "recovered"),
      h("span", { class: "spacer" }),
      h("div", { class: "actions" },
        canCancel(deployment) && actions.button("Cancel…", deployment.service, () => actions.cancel(deployment), { kind: "danger" }),
        canRetry(deployment) && actions.button("Try again…", deployment.service, () => actions.retry(deployment)),
        !isCurrent && service.current?.deployment && h("a", { class: "button", href: links.compare(service.current.deployment, deployment.id) }, "Compare with what runs"),
        canReturn(deployment) && !isCurrent && actions.button("Roll back to this…", deployment.service, () => actions.rollBack(service, deployment.id), { kind: "danger", key: "rollback" }))),
    h("p", { class: "lead" }, serviceLink(deployment.service), ` · ${deployment.cause} by ${deployment.actor}`,
      deployment.source && [" · ", h("span", { class: "subject" }, deployment.source.subject), h("span", { class: "faint" }, ` by ${deployment.source.author}`)]),
    failure && h("div", { class: "notice bad" }, sign("failed"), h("div", null,
      h("strong", null, `Failed while ${failure.stage}: `, h("code", null, failure.code)), h("p", { class: "wrap" }, failure.message),
      h("p", { class: "faint" }, "What each code means, and what to do, stands in docs/operations.md."))),
    deployment.supersededBy && h("div", { class: "notice" }, sign("superseded"), h("div", null, "Gave way to ", deploymentLink(deployment.supersededBy), ".")),
    deployment.state === "held" && h("div", { class: "notice hold" }, sign("held"), h("div", null, h("strong", null, "It is built and published, and waits for the hold to end."), service.hold && h("p", null, `${service.hold.actor}: ${service.hold.reason}`))));
}

function details(deployment) {
  const { source, image, trigger } = deployment;
  return h("div", null,
    h("section", { class: "panel", "aria-label": "Where the time went" },
      h("div", { class: "heading" }, underWay(deployment) ? [tracker(deployment), h("strong", null, deployment.state), running(deployment.updatedAt)] : h("h2", null, "Where the time went"),
        h("span", { class: "spacer" }), h("span", { class: "num" }, underWay(deployment) ? running(deployment.createdAt) : duration(elapsed(deployment)), " in all")),
      bar(deployment)),
    h("div", { class: "columns" },
      h("section", null, h("h2", null, "Timeline"), timeline(deployment)),
      h("section", { class: "panel" }, h("h2", { class: "sr" }, "Details"), facts([
        ["Source", source ? copyable(source.commit, short(source.commit)) : "not known"],
        ["Branch", source && `${source.repository}, ${source.branch}`],
        ["Image", image && h("span", { class: "wrap" }, image.name)],
        ["Tags", image && image.tags.map((tag) => h("code", { class: "tag" }, tag.length > 24 ? `${tag.slice(0, 20)}…` : tag))],
        ["Digest", image && copyable(image.digest, image.digest.slice(7, 19))],
        ["Given up", image?.givenUpAt && h("span", null, "Nothing deploys the image any more: ", mono("retention.images"), " has the registry delete it, since ",
          h("time", { datetime: image.givenUpAt }, fullTime(image.givenUpAt)), ".")],
        ["Built by", image?.reusedFrom && deploymentLink(image.reusedFrom)],
        ["Manifest commit", deployment.manifestCommit && copyable(deployment.manifestCommit, short(deployment.manifestCommit))],
        ["Triggered by", trigger && h("span", null, mono(trigger.file || "every file"), trigger.pattern && [" matched by ", mono(trigger.pattern)],
          trigger.deliveryGuid && [", ", h("a", { href: links.delivery(trigger.deliveryGuid) }, "the delivery")])],
        ["Goes back to", deployment.rollbackOf && h("span", null, deploymentLink(deployment.rollbackOf), " ", h("a", { href: links.compare(deployment.rollbackOf, deployment.id) }, "compare"))],
        ["Tries again", deployment.retryOf && deploymentLink(deployment.retryOf)],
        ["Before it", deployment.number > 1 && h("span", null, deploymentLink(`${deployment.service}-${deployment.number - 1}`), " ",
          h("a", { href: links.compare(`${deployment.service}-${deployment.number - 1}`, deployment.id) }, "compare"))],
        ["Reason", h("span", { class: "wrap" }, deployment.reason)],
      ]))));
}

/** What happened, with reasons; beside each the time that the state took. */
function timeline(deployment) {
  const times = segments(deployment);
  const rows = deployment.timeline ?? [];
  let place = -1;
  return h("ol", { class: "timeline" }, rows.map((row, index) => {
    const isRemark = rows[index - 1]?.state === row.state;
    if (!isRemark) place += 1;
    const time = isRemark ? null : times[place]?.state === row.state ? times[place] : null;
    return h("li", { class: isRemark ? "remark" : "step" },
      h("span", { class: "mark" }, isRemark ? null : ENDS.includes(row.state) || time?.open ? sign(row.state) : h("i", { class: `stage-${row.state}` })),
      h("div", null,
        h("p", null, !isRemark && h("strong", null, row.state), " ", h("span", { class: "wrap" }, row.reason)),
        row.details && h("pre", { class: "details" }, row.details),
        h("p", { class: "faint" }, h("time", { datetime: row.at, title: fullTime(row.at) }, clock(row.at)),
          time && [" · ", time.open ? running(row.at) : duration(time.to - time.from)])));
  }));
}

