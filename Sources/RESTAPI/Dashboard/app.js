// The frame around every page: who is signed in, whether the line is alive, the theme.
import { h, put, announce } from "./dom.js";
import { clock } from "./format.js";
import { failure, tick } from "./parts.js";
import { session, signInForm } from "./session.js";
import { live } from "./live.js";
import * as router from "./router.js";
import * as keys from "./keys.js";

const main = document.getElementById("main");
const banner = document.getElementById("banner");

// ---- sign-in

function account() {
  const { signedIn, name, role, services } = session.now;
  const box = document.getElementById("account");
  document.getElementById("nav-audit").hidden = !session.isAdmin;
  if (!signedIn) {
    put(box, h("button", { type: "button", class: "quiet", onclick: () => askForToken() }, "Sign in"));
    return;
  }
  const scope = services ? `for ${services.join(", ")}` : "for every service";
  put(box, h("details", { class: "menu" },
    h("summary", { "aria-label": `Signed in as ${name}, role ${role}` }, h("span", { class: "who" }, name), h("span", { class: `role role-${role}` }, role)),
    h("div", { class: "menu-body" },
      h("p", null, "Signed in with the token ", h("strong", null, name), "."),
      h("p", { class: "faint" }, ROLES[role], " ", role === "read" ? "" : `It counts ${scope}.`),
      h("button", { type: "button", onclick: signOut }, "Sign out"))));
}

const ROLES = {
  read: "Its role is read: it sees everything and changes nothing.",
  deploy: "Its role is deploy: it may deploy, roll back, hold, release, cancel and retry.",
  admin: "Its role is admin: it may do everything, and sees the audit log.",
};

async function signOut() {
  await session.end();
  location.assign("/");
}

/** In place of the page where nothing may be read, else above it. */
function askForToken(reason) {
  if (!session.mayRead) {
    router.clear();
    document.title = "Sign in · Slipway";
    put(main, h("div", { class: "page door" }, h("h1", { tabindex: "-1" }, "Sign in"),
      h("p", { class: "faint" }, reason ?? "Slipway shows what runs to people who have one of its tokens."), signInForm(begin)));
    document.getElementById("token").focus();
    return;
  }
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "sign-in-title" },
    h("h2", { id: "sign-in-title" }, "Sign in"),
    signInForm(() => {
      dialog.close();
      router.show({ focus: false });
    }),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Not now")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

addEventListener("slipway-session", account);
addEventListener("slipway-unauthorized", async () => {
  if (!session.now.signedIn && !session.mayRead) return;
  try {
    await session.load();
  } catch {
    return; // not connected, which is shown
  }
  if (!session.mayRead) askForToken("The session has ended: it was too old, or its token was removed. Sign in again.");
});

// ---- the line

const LIVE = {
  connecting: ["Connecting", "Connecting to the stream of changes"],
  live: ["Live", "Connected: what is shown changes as it happens"],
  lost: ["Not connected", "Not connected: what is shown may be old"],
  refused: ["Not connected", "Not connected: sign in again"],
  asleep: ["Paused", "Paused while this tab was hidden"],
};

let announced = "live";
function line() {
  const { name, detail, since } = live.state;
  const [text, title] = LIVE[name];
  const box = document.getElementById("live");
  put(box, h("span", { class: `pulse ${name}`, title: detail ? `${title}: ${detail}` : title }, h("i", { "aria-hidden": "true" }), h("span", null, text)));
  const isLost = name === "lost" || name === "refused";
  banner.hidden = !isLost;
  if (isLost) {
    put(banner, h("span", null, h("strong", null, "Not connected"), ` since ${clock(since)}: ${detail}. What you see may be old.`),
      h("button", { type: "button", onclick: () => live.retry() }, "Try now"));
  }
  if (isLost && announced === "live") announce("The connection was lost. What is shown may be old.");
  if (name === "live" && announced === "lost") announce("Connected again.");
  if (isLost || name === "live") announced = isLost ? "lost" : "live";
}
addEventListener("slipway-live", line);

// ---- the theme

const THEMES = { system: ["light", "◐", "as the system has it"], light: ["dark", "☀", "light"], dark: ["system", "☾", "dark"] };
const themeButton = document.getElementById("theme");
function showTheme() {
  const [next, symbol, words] = THEMES[slipwayTheme.current];
  put(themeButton, h("span", { "aria-hidden": "true" }, symbol));
  themeButton.setAttribute("aria-label", `Colours: ${words}. Change to ${THEMES[next][2]}.`);
  themeButton.title = `Colours: ${words} (t)`;
}
themeButton.addEventListener("click", () => {
  slipwayTheme.set(THEMES[slipwayTheme.current][0]);
  showTheme();
});

// ---- begin

async function begin() {
  account();
  await router.show();
  globalThis.slipwayEarly?.end();
  live.start();
  if (live.state.name === "refused") live.retry();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

showTheme();
line();
router.start();
keys.start();
setInterval(tick, 1000);
try {
  await session.load();
  if (session.mayRead) await begin();
  else askForToken();
} catch (problem) {
  put(main, h("div", { class: "page" }, failure(problem, () => location.reload())));
}
