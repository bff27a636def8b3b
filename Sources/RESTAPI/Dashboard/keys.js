// The keyboard: single keys where nothing is being typed.
import { h } from "./dom.js";
import { go } from "./router.js";

const PLACES = { s: "/", d: "/deployments", w: "/deliveries", n: "/notifications", i: "/insights", a: "/audit" };
const HELP = [
  ["/", "search, or filter the list"], ["j  k", "next and previous row"], ["Enter", "open the row"],
  ["g s", "services"], ["g d", "deployments"], ["g w", "deliveries (webhooks)"], ["g n", "notifications"], ["g i", "insights"],
  ["r", "roll back (on a service)"], ["t", "light, dark or as the system"], ["?", "this list"], ["Esc", "close, or leave a field"],
];

let pending = null;

export function start() {
  document.addEventListener("keydown", press);
  document.getElementById("help").addEventListener("click", showHelp);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = event.target.closest?.("input, select, textarea");
  if (field) {
    if (event.key === "Escape" && !field.closest("dialog")) field.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (pending) {
    clearTimeout(pending);
    pending = null;
    if (PLACES[event.key]) {
      event.preventDefault();
      go(PLACES[event.key]);
    }
    return;
  }
  const act = ACTIONS[event.key];
  if (!act) return;
  if (act(event) !== false) event.preventDefault();
}

const ACTIONS = {
  g: () => { pending = setTimeout(() => (pending = null), 1200); },
  "/": () => {
    const field = document.querySelector("[data-search]");
    if (field) field.focus();
    else go("/");
  },
  j: () => move(1),
  k: () => move(-1),
  r: () => press1("[data-key-action=rollback]"),
  t: () => press1("#theme"),
  "?": showHelp,
};

function press1(selector) {
  const button = document.querySelector(selector);
  if (!button || button.disabled) return false;
  button.click();
}

/** From row to row: each has one link that opens it. */
function move(step) {
  const rows = [...document.querySelectorAll("[data-row] [data-open]")];
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.closest("[data-row]").contains(document.activeElement));
  const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1)];
  next.focus();
  next.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

function showHelp() {
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keyboard"),
    h("dl", { class: "keys" }, HELP.map(([keys, does]) => h("div", null, h("dt", null, keys.split("  ").map((key) => h("kbd", null, key))), h("dd", null, does)))),
    h("form", { method: "dialog", class: "buttons" }, h("button", { class: "primary" }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
