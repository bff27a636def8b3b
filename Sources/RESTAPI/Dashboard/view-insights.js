// DORA's measures, and where the time goes.
import { h, put } from "./dom.js";
import { get, paths } from "./api.js";
import { duration, percent, plural } from "./format.js";
import { empty, failure, title } from "./parts.js";
import { dayBars, days, numbers, ranges } from "./chart.js";
import { rewrite } from "./router.js";

const WINDOWS = [["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"], ["365d", "a year"]];
const ORDER = ["queued", "building", "publishing", "held", "committing", "syncing"];

export async function show(page, { query, signal, ready }) {
  let span = query.get("window") ?? "30d";
  let service = query.get("service") ?? "";
  const body = h("div", { class: "stack" });
  const name = h("input", { type: "search", list: "service-names", placeholder: "All services", "aria-label": "Service", "data-search": "", value: service, autocomplete: "off", spellcheck: "false",
    onchange: () => { service = name.value.trim(); load(); } });
  const names = h("datalist", { id: "service-names" });
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Window" }, WINDOWS.map(([key, text]) =>
    h("button", { type: "button", class: "chip", "data-window": key, onclick: () => { span = key; load(); } }, text)));
  put(page, title("Insights", h("span", { class: "spacer" }), name, names, chips), body);

  async function load() {
    rewrite({ service, window: span === "30d" ? null : span });
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.window === span));
    try {
      const stats = await get("/api/v1/stats", { query: { service, window: span }, signal });
      put(body, measures(stats.services[0], stats));
    } catch (problem) {
      if (signal.aborted) return;
      put(body, problem.status === 404 && !service ? empty("This server does not measure yet: it has no /api/v1/stats.") : failure(problem, load));
    }
  }

  await load();
  ready();
  try {
    const { items } = await get(paths.services, { query: { limit: 200 }, signal });
    put(names, items.map((one) => h("option", { value: one.name })));
  } catch {
    // Names can still be typed.
  }
}

function measures(stats, { from, to }) {
  const { deployments, leadTime, pushToLive, timeToRestore } = stats;
  const byDay = new Map(deployments.perDay.map((row) => [row.day, row]));
  const rows = days(from, to).map((day) => byDay.get(day) ?? { day, live: 0, failed: 0 });
  return [
    h("div", { class: "figures" },
      figure("Deployment frequency", rate(stats.frequencyPerDay), `${plural(deployments.live, "deployment")} reached production`, "Rollbacks and the changes of others are not among them."),
      figure("Lead time", duration(leadTime.p50), sample(leadTime), "From the commit to live, of the commit that was deployed."),
      pushToLive && figure("Push to live", duration(pushToLive.p50), sample(pushToLive), "From the delivery to live."),
      figure("Change failure rate", percent(stats.changeFailureRate), `${deployments.rolledBack} rolled back`, "Of those that reached production: whose rollout failed, or from which somebody went back. A failed build is not among them."),
      figure("Time to restore", duration(timeToRestore.p50), `${sample(timeToRestore)}${timeToRestore.open ? `, ${timeToRestore.open} still open` : ""}`, "From the landing of one that failed to the next that went well."),
      stats.reworkRate !== undefined && figure("Rework rate", percent(stats.reworkRate), plural(deployments.rollbacks ?? 0, "rollback"), "Rollbacks among all that reached production.")),
    stats.complete === false && h("p", { class: "notice" }, "There were more than can be measured at once: these are the newest."),
    h("section", { class: "panel", "aria-labelledby": "per-day" }, h("h2", { id: "per-day" }, "Deployments by day"), dayBars(rows), numbers(rows)),
    h("section", { class: "panel", "aria-labelledby": "stages" }, h("h2", { id: "stages" }, "Where the time goes"),
      h("p", { class: "faint" }, "Half of the deployments leave a stage by the end of the solid bar, 19 of 20 by the end of the pale one."),
      stats.stages.length ? ranges(ORDER.map((stage) => stats.stages.find((one) => one.stage === stage)).filter(Boolean)) : empty("Nothing ended in this window.")),
    h("p", { class: "faint" }, "Trends of one service, not targets, and not for comparing teams."),
  ];
}

function figure(name, value, detail, meaning) {
  return h("section", { class: "figure", title: meaning }, h("h2", null, name), h("p", { class: "value" }, value), h("p", { class: "faint" }, detail), h("p", { class: "sr" }, meaning));
}

function rate(perDay) {
  if (!perDay) return "none";
  if (perDay >= 1) return `${perDay.toFixed(1)} a day`;
  if (perDay * 7 >= 1) return `${(perDay * 7).toFixed(1)} a week`;
  return `${(perDay * 30).toFixed(1)} a month`;
}

const sample = ({ count, p95 }) => (count ? `p95 ${duration(p95)}, of ${count.toLocaleString("en")}` : "none");
