// Who changed what, and why.
import { h, put } from "./dom.js";
import { get, links } from "./api.js";
import { age, empty, mono, more, title } from "./parts.js";
import { session } from "./session.js";

export async function show(page, { signal, ready }) {
  put(page, title("Audit"));
  if (!session.isAdmin) {
    page.append(empty("The audit log is for tokens whose role is admin."));
    return;
  }
  let cursor = null;
  const list = h("ul", { class: "rows audit", role: "list" });
  const end = more(async () => { await nextPage(); return cursor !== null; }, signal);

  async function nextPage() {
    const next = await get("/api/v1/audit", { query: { limit: 100, cursor }, signal });
    list.append(...next.items.map(row));
    cursor = next.nextCursor;
    end.hidden = cursor === null;
  }

  await nextPage();
  page.append(h("div", { class: "row head", "aria-hidden": "true" }, ["Who", "What", "Why", "Request", "When"].map((text) => h("span", null, text))), list,
    ...(list.childElementCount ? [] : [empty("Nobody has changed anything yet.")]), end);
  ready();
}

function row(entry) {
  return h("li", { class: "row" },
    h("span", { class: "cell strong" }, entry.actor),
    h("span", { class: "cell" }, entry.action, " ", subject(entry)),
    h("span", { class: "cell wide" }, h("span", { class: "subject", title: entry.reason }, entry.reason || "no reason was given")),
    h("span", { class: "cell faint" }, mono(entry.requestId)),
    h("span", { class: "cell when" }, age(entry.at)));
}

function subject({ action, subject }) {
  if (/^n\d+$/.test(subject)) return h("a", { href: links.notifications, class: "mono" }, subject);
  if (action === "redeliver") return h("a", { href: links.delivery(subject), class: "mono" }, subject.slice(0, 8));
  if (["hold", "release", "sync"].includes(action)) return h("a", { href: links.service(subject) }, subject);
  return h("a", { href: links.deployment(subject), class: "mono" }, subject);
}
