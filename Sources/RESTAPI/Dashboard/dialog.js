// Asking before something changes: what exactly will happen, why, and then the server's answer.
import { h, put } from "./dom.js";
import { Problem } from "./api.js";

/**
 * Shows a question, and does what it asks for when it is confirmed.
 *
 * @param preview async (values, signal) → what will happen; asked for again when a field changes
 * @param say (what will happen) → nodes; nothing is done that has not been said
 * @param fields elements with a `name`; `values` has what they hold
 * @param run async (values, what will happen) → what `done` gets
 */
export function ask({ title, intro, fields = [], reason = "required", preview, say = (nodes) => nodes, confirm, danger = false, run, done }) {
  const why = h("input", {
    name: "reason", id: "reason", required: reason === "required", maxlength: "1000", autocomplete: "off",
    placeholder: "stands in the history and in the audit log",
  });
  const what = h("div", { class: "preview", "aria-live": "polite" });
  const error = h("div", { class: "error", role: "alert" });
  const submit = h("button", { type: "submit", class: danger ? "primary danger" : "primary" }, confirm);
  const form = h("form", { class: "question", method: "dialog" },
    intro && h("div", { class: "intro" }, intro), ...fields,
    reason && h("label", null, h("span", null, reason === "required" ? "Why" : "Why (optional)"), why),
    h("section", { class: "consequence" }, h("h3", null, "What will happen"), what),
    error,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Leave it as it is"), submit));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "question" }, h("h2", { id: "question" }, title), form);

  let asking = new AbortController();
  let agreed;
  function doubt() {
    asking.abort();
    submit.disabled = true;
    what.classList.add("stale");
  }

  async function refresh() {
    doubt();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await preview(values(), signal);
      if (signal.aborted) return;
      agreed = answer;
      put(what, say(agreed));
      submit.disabled = false;
    } catch (problem) {
      if (signal.aborted) return;
      put(what, refusal(problem));
    }
    what.classList.remove("stale");
  }

  function values() {
    const result = {};
    for (const element of form.querySelectorAll("[name]")) {
      if (element.type === "checkbox") result[element.name] = element.checked;
      else if (element.type !== "radio" || element.checked) result[element.name] = element.value.trim();
    }
    return result;
  }

  let typing;
  form.addEventListener("input", (event) => {
    if (event.target === why) return;
    doubt();
    clearTimeout(typing);
    typing = setTimeout(refresh, event.target.type === "text" || event.target.type === undefined ? 350 : 0);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    put(error);
    const order = run(values(), agreed);
    form.inert = true;
    try {
      const result = await order;
      dialog.close();
      done?.(result);
    } catch (problem) {
      put(error, refusal(problem));
      form.inert = false;
      await refresh();
      submit.focus();
    }
  });
  dialog.addEventListener("close", () => {
    asking.abort();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  (fields.flatMap((field) => [...field.querySelectorAll("input, select")])[0] ?? (reason ? why : submit)).focus();
  refresh();
  return dialog;
}

/** What the server will not do, and what stands in its way. */
export function refusal(problem) {
  if (!(problem instanceof Problem)) throw problem;
  return [
    h("p", { class: "bad-text" }, problem.message),
    problem.files.length > 0 && h("ul", { class: "files" }, problem.files.map((file) => h("li", null, h("code", null, file)))),
  ];
}

export function choice(name, label, options, value) {
  return h("fieldset", { class: "choice" }, h("legend", null, label), options.map(([key, text, more]) =>
    h("label", null, h("input", { type: "radio", name, value: key, checked: key === value }), h("span", null, text, more && h("small", null, more)))));
}

export function check(name, label, more) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", name }), h("span", null, label, more && h("small", null, more)));
}

export function field(name, label, attributes, more) {
  return h("label", null, h("span", null, label), h("input", { name, type: "text", autocomplete: "off", spellcheck: "false", ...attributes }), more && h("small", null, more));
}
