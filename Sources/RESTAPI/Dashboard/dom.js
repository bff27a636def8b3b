// Elements from data. Text becomes text nodes: nothing that comes from outside is read as markup,
// and the page's policy (Trusted Types) forbids any other way.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("a", { href, class: "quiet", onclick }, "text", node, [more])`. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** Replaces what an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Text for screen readers alone. */
export function hidden(text) {
  return h("span", { class: "sr" }, text);
}

/**
 * Brings a list's elements in line with items, touching only what changed: a row that is being read
 * or has the focus stays where it is.
 *
 * @param key names an item for ever
 * @param stamp what, if equal, means that nothing to be seen has changed
 */
export function reconcile(list, items, { key, stamp, render }) {
  const known = new Map([...list.children].map((element) => [element.dataset.key, element]));
  let place = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const mark = stamp(item);
    let element = known.get(name);
    known.delete(name);
    if (!element || element.dataset.stamp !== mark) {
      const fresh = render(item);
      fresh.dataset.key = name;
      fresh.dataset.stamp = mark;
      if (element) {
        if (place === element) place = fresh;
        exchange(element, fresh);
      }
      element = fresh;
    }
    if (place === element) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const element of known.values()) element.remove();
}

const CONTROLS = "a, button, summary, select, input, [tabindex]";
const name = (control) => control.dataset.keyAction ?? control.getAttribute("href") ?? control.getAttribute("aria-label") ?? control.firstChild?.textContent;

/** Replaces an element; the focus inside it goes to its like in the new one, or else to the heading. */
export function exchange(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const likes = (box) => [...box.querySelectorAll(CONTROLS)].filter((one) => name(one) === name(focused));
  const place = focused ? likes(old).indexOf(focused) : -1;
  old.replaceWith(fresh);
  if (focused) (likes(fresh)[place] ?? fresh.querySelector("h1, a"))?.focus({ preventScroll: true });
}

/** Says something to screen readers, once. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/** A short message that goes by itself. */
export function toast(text, kind = "good") {
  const element = h("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), kind === "bad" ? 12000 : 6000);
}
