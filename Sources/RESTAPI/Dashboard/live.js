// What changes, as it changes: GET /api/v1/events, read by fetch and not by EventSource, for that hides
// the comments that show the line is alive, the status of a refusal, and takes no Last-Event-ID.
import { origin } from "./api.js";

/** The server says something every 15 s. */
const QUIET = 40_000;
/** Behind HTTP/1.1 a browser has six connections for all tabs: a tab that nobody sees gives its back. */
const UNSEEN = 30_000;
const LONGEST_WAIT = 30_000;

const listeners = new Set();
let lastID = null;
let state = { name: "connecting", since: Date.now() };
let wake = () => {};
let stop = () => {};
let failures = 0;
let isStarted = false;

export const live = {
  get state() {
    return state;
  },

  /** Begins; call it when something has been loaded, so that the stream goes on from there. */
  start() {
    if (isStarted) return;
    isStarted = true;
    lastID = origin.event;
    addEventListener("online", () => wake());
    document.addEventListener("visibilitychange", seen);
    // A page that is kept for the way back would keep its connection too.
    addEventListener("pagehide", sleep);
    addEventListener("pageshow", seen);
    run();
  },

  /** Now, without waiting any longer. */
  retry() {
    failures = 0;
    wake();
  },

  /**
   * Loads something and keeps it true. What happens meanwhile is told after it has been loaded, so that
   * no older answer covers a newer event; after a gap it is loaded again.
   *
   * @param load leaves what is shown as it is until its answer is there
   * @param handlers `deployment`, `service`, `delivery`: called with the shape
   */
  async follow(signal, load, handlers) {
    let waiting = [];
    const listener = {
      hear(event, data) {
        if (waiting) waiting.push([event, data]);
        else handlers[event]?.(data);
      },
      async again() {
        try {
          await reload();
        } catch (problem) {
          // What is gone, or not to be seen any more, is not there by asking again.
          const isFinal = problem.status >= 400 && problem.status < 500;
          if (!signal.aborted && !isFinal) throw problem;
        }
      },
    };
    async function reload() {
      waiting = [];
      try {
        await load();
      } finally {
        const missed = waiting ?? [];
        waiting = null;
        if (!signal.aborted) for (const [event, data] of missed) handlers[event]?.(data);
      }
    }
    listeners.add(listener);
    signal.addEventListener("abort", () => listeners.delete(listener));
    await reload();
  },
};

/** After a gap nothing is live before everything has been loaded again. */
async function tell(event, data) {
  if (event === "reset") {
    if (state.name === "live") become("connecting");
    await Promise.all([...listeners].map((listener) => listener.again()));
  } else {
    for (const listener of listeners) listener.hear(event, data);
  }
}

function become(name, detail) {
  if (state.name === name && state.detail === detail) return;
  state = { name, detail, since: name === "live" || state.name === "live" ? Date.now() : state.since };
  dispatchEvent(new CustomEvent("slipway-live"));
}

let unseen;
function seen() {
  clearTimeout(unseen);
  if (document.hidden) {
    unseen = setTimeout(sleep, UNSEEN);
  } else if (state.name === "asleep") wake();
}

function sleep() {
  if (state.name === "refused") return;
  become("asleep");
  stop();
}

async function run() {
  for (;;) {
    if (state.name !== "asleep") {
      await listen();
      if (state.name !== "asleep") failures += 1;
    }
    await pause();
  }
}

/** Until it is time to try again, or somebody asks for it. */
function pause() {
  return new Promise((resolve) => {
    const time = Math.min(1000 * 2 ** Math.max(0, failures - 1), LONGEST_WAIT) * (0.75 + Math.random() / 2);
    const timer = state.name === "asleep" || state.name === "refused" ? undefined : setTimeout(resolve, time);
    wake = () => {
      clearTimeout(timer);
      if (state.name === "asleep" || state.name === "refused") become("connecting");
      resolve();
    };
  });
}

async function listen() {
  const control = new AbortController();
  stop = () => control.abort();
  let watchdog;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(stop, QUIET);
  };
  try {
    alive();
    const headers = { Accept: "text/event-stream" };
    if (lastID) headers["Last-Event-ID"] = lastID;
    const response = await fetch("/api/v1/events", { headers, signal: control.signal, cache: "no-store" });
    if (response.status === 401) {
      dispatchEvent(new CustomEvent("slipway-unauthorized"));
      return become("refused", "sign in to see what changes");
    }
    if (!response.ok) return become("lost", response.status === 503 ? "the server has no place for another listener" : `the server answered ${response.status}`);
    await read(response.body, alive);
    if (state.name !== "asleep") become("lost", "the server ended the stream");
  } catch (problem) {
    const reason = problem.status ? problem.message : navigator.onLine ? "Slipway does not answer" : "this device is offline";
    if (state.name !== "asleep") become("lost", reason);
  } finally {
    clearTimeout(watchdog);
    control.abort();
  }
}

/** Blocks of `field: value` lines; one that begins with a colon is a comment. */
async function read(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) await take(block);
  }
}

/** Its id is where to go on from once it has been taken: a reset that failed comes again. */
async function take(block) {
  let event = null;
  let data = "";
  let id = null;
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event = value;
    else if (name === "data") data += value;
    else if (name === "id") id = value;
  }
  if (event) await tell(event, JSON.parse(data));
  if (id === null) return;
  lastID = id;
  failures = 0;
  if (state.name !== "asleep") become("live");
}
