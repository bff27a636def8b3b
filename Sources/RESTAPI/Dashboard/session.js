// Who is signed in, what that allows, and the sign-in itself.
import { h, put } from "./dom.js";
import { get, post, change, Problem } from "./api.js";

const NOBODY = { signedIn: false, name: null, role: null, services: null };
let current = NOBODY;

export const session = {
  get now() {
    return current;
  },
  async load() {
    return become(await get("/session"));
  },
  async end() {
    become(await call("DELETE"));
  },
  /** Nobody may read without signing in. */
  get mayRead() {
    return current.role !== null;
  },
  get isAdmin() {
    return current.role === "admin";
  },
};

function become(session) {
  current = session;
  try {
    // For early.js: who could read need not be asked first.
    if (session.role === null) localStorage.removeItem("slipway.reads");
    else localStorage.setItem("slipway.reads", "");
  } catch {
    // Storage is forbidden here.
  }
  dispatchEvent(new CustomEvent("slipway-session"));
  return current;
}

const call = (method) => change(method, "/session");

/** Why somebody may not change a service; null if they may. */
export function whyNot(service) {
  if (!current.signedIn) return "Sign in with a token whose role is deploy to do this.";
  if (current.role === "read") return `The token ${current.name} has the role read: this needs deploy.`;
  if (service === null && current.services) return `The token ${current.name} is limited to some services: this needs all.`;
  if (service && current.services && !current.services.includes(service)) {
    return `The token ${current.name} may change only ${current.services.join(", ")}.`;
  }
  return null;
}

/** A form that asks for a token. */
export function signInForm(done) {
  const input = h("input", {
    id: "token", name: "token", type: "password", autocomplete: "current-password", required: true,
    spellcheck: "false", autocapitalize: "off", "aria-describedby": "token-help token-error",
  });
  const error = h("p", { class: "error", id: "token-error", role: "alert" });
  const button = h("button", { class: "primary", type: "submit" }, "Sign in");
  return h("form", { class: "sign-in", onsubmit: submit },
    // For the browser's own keeper of passwords, which wants a name beside them.
    h("input", { class: "sr", type: "text", name: "username", autocomplete: "username", value: "slipway", tabindex: "-1", "aria-hidden": "true", readonly: true }),
    h("label", { for: "token" }, "API token"), input,
    h("p", { class: "faint", id: "token-help" }, "One of ", h("code", null, "auth.tokens"), " in the configuration. It is checked once and not kept in the browser."),
    error, button);

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    put(error);
    try {
      become(await post("/session", { token: input.value.trim() }));
      input.value = "";
      done?.();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      put(error, problem.status === 401 ? "No token of the configuration is this one." : problem.message);
      input.select();
    }
    button.disabled = false;
  }
}
