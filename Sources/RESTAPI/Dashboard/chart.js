// Charts in SVG: bars by day, and ranges from p50 to p95. Each has its numbers as a table too.
import { h, s } from "./dom.js";
import { duration } from "./format.js";
import { tableBox } from "./parts.js";

const WIDTH = 1160;
const HEIGHT = 190;
const LEFT = 34;
const BOTTOM = 22;

/** Every day of a span, those without anything included: what did not happen is to be seen. */
export function days(from, to) {
  const result = [];
  for (let day = new Date(from.slice(0, 10)); day <= new Date(to.slice(0, 10)); day.setUTCDate(day.getUTCDate() + 1)) result.push(day.toISOString().slice(0, 10));
  return result;
}

/**
 * Stacked bars.
 *
 * @param rows `[{day, live, failed}]`, a day each
 */
export function dayBars(rows) {
  const most = Math.max(1, ...rows.map((row) => row.live + row.failed));
  const step = Math.max(1, Math.ceil(most / 4));
  const top = Math.ceil(most / step) * step;
  const width = (WIDTH - LEFT) / rows.length;
  const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top) + 4;
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  const every = Math.ceil(rows.length / 8);
  const total = rows.reduce((sum, row) => ({ live: sum.live + row.live, failed: sum.failed + row.failed }), { live: 0, failed: 0 });
  const chart = s("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT + 8}`, role: "img", "aria-label": `${total.live} deployments reached production and ${total.failed} failed, over ${rows.length} days` },
    lines.map((value) => [
      s("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
      s("text", { class: "axis", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, value),
    ]),
    rows.map((row, index) => {
      const x = LEFT + index * width + width * 0.14;
      const wide = Math.max(1.5, width * 0.72);
      return s("g", null, s("title", null, `${row.day}: ${row.live} live, ${row.failed} failed`),
        s("rect", { class: "hit", x: LEFT + index * width, y: 0, width, height: HEIGHT }),
        row.live > 0 && s("rect", { class: "bar-live", x, y: y(row.live), width: wide, height: y(0) - y(row.live), rx: 1.5 }),
        row.failed > 0 && s("rect", { class: "bar-failed", x, y: y(row.live + row.failed), width: wide, height: y(row.live) - y(row.live + row.failed), rx: 1.5 }),
        index % every === 0 && s("text", { class: "axis", x: LEFT + index * width + width / 2, y: HEIGHT + 2, "text-anchor": rows.length > 20 && index === 0 ? "start" : "middle" }, row.day.slice(5)));
    }));
  return h("figure", null, chart, h("figcaption", { class: "legend" }, h("span", null, h("i", { class: "key-live" }), "live"), h("span", null, h("i", { class: "key-failed" }), "failed")));
}

/**
 * Half of them end by the solid bar, and 19 of 20 by the pale one.
 *
 * @param rows `[{stage, count, p50, p95}]`
 */
export function ranges(rows) {
  const most = Math.max(1, ...rows.map((row) => row.p95 ?? 0));
  const share = (value) => `${Math.max(0.4, ((value ?? 0) / most) * 100)}%`;
  return h("div", { class: "ranges" }, tableBox("Time in each stage",
    h("thead", null, h("tr", null, ["Stage", "", "p50", "p95", "Count"].map((text, index) => (text ? h("th", { scope: "col", class: index > 1 ? "num" : null }, text) : h("td", null))))),
    h("tbody", null, rows.map((row) => {
      const bar = h("div", { class: "range", "aria-hidden": "true" }, h("i", { class: `pale stage-${row.stage}` }), h("i", { class: `stage-${row.stage}` }));
      bar.children[0].style.width = share(row.p95);
      bar.children[1].style.width = share(row.p50);
      return h("tr", null, h("th", { scope: "row" }, row.stage), h("td", { class: "grow" }, bar), h("td", { class: "num" }, duration(row.p50)), h("td", { class: "num" }, duration(row.p95)), h("td", { class: "num" }, row.count.toLocaleString("en")));
    }))));
}

/** The numbers of a chart, for whoever reads rather than sees. */
export function numbers(rows) {
  const happened = rows.filter((row) => row.live || row.failed);
  return h("details", { class: "numbers" }, h("summary", null, "As a table"), tableBox("Deployments by day",
    h("thead", null, h("tr", null, ["Day", "Live", "Failed"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, happened.map((row) => h("tr", null, h("th", { scope: "row" }, row.day), h("td", { class: "num" }, row.live), h("td", { class: "num" }, row.failed))))));
}
