// Calls of openapi.yaml. The session's cookie goes along by itself; X-Slipway-CSRF shows that a change
// was asked for by this page.

/** What the server refused, in its own words (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.status = status;
    this.title = body.title ?? "";
    this.requestId = body.requestId ?? null;
    this.errors = body.errors ?? [];
    this.files = body.files ?? [];
  }
}

/** The newest event that is contained in what was loaded first: where the live stream begins. */
export const origin = { event: null };

export function get(path, { query, signal } = {}) {
  return call("GET", path, { query, signal });
}

export function change(method, path, body, { signal } = {}) {
  return call(method, path, { body, signal, key: crypto.randomUUID?.() ?? randomKey() });
}

/** Without an idempotency key: changes nothing, or is about the session. */
export function post(path, body, { signal } = {}) {
  return call("POST", path, { body, signal });
}

async function call(method, path, { query, body, signal, key }) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Slipway-CSRF"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const address = path + queryText(query);
  let response;
  try {
    response = await ((method === "GET" && globalThis.slipwayEarly?.take(address)) || fetch(address, {
      method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "same-origin", redirect: "error",
    }));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "Not connected", detail: "Slipway did not answer: the network, or Slipway, is down." });
  }
  if (!response.ok) throw await problem(response);
  origin.event ??= response.headers.get("X-Slipway-Event");
  return response.status === 204 ? null : response.json();
}

async function problem(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not from Slipway, but from something in between.
  }
  if (response.status === 401) dispatchEvent(new CustomEvent("slipway-unauthorized"));
  return new Problem(response.status, body);
}

function queryText(query) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") pairs.append(name, one);
  }
  const text = pairs.toString();
  return text ? `?${text}` : "";
}

// randomUUID needs a secure context, getRandomValues does not.
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const part = encodeURIComponent;
export const paths = {
  services: "/api/v1/services",
  service: (name) => `/api/v1/services/${part(name)}`,
  deployments: "/api/v1/deployments",
  serviceDeployments: (name) => `/api/v1/services/${part(name)}/deployments`,
  deployment: (id) => `/api/v1/deployments/${part(id)}`,
  deliveries: "/api/v1/deliveries",
  delivery: (guid) => `/api/v1/deliveries/${part(guid)}`,
  notifications: "/api/v1/notifications",
  notification: (id) => `/api/v1/notifications/${part(id)}`,
};

/** Addresses of this page. */
export const links = {
  service: (name) => `/services/${part(name)}`,
  deployment: (id) => `/deployments/${part(id)}`,
  delivery: (guid) => `/deliveries/${part(guid)}`,
  notifications: "/notifications",
  compare: (from, to) => `/compare?from=${part(from)}&to=${part(to)}`,
  insights: (service) => (service ? `/insights?service=${part(service)}` : "/insights"),
};
