// Asks for what the page will show first while its modules are still on their way. Not a module: those
// wait for the document.
(() => {
  /** By the page's address: exactly what its view asks for. */
  const FIRST = {
    "/": [
      "/api/v1/services?limit=12",
      "/api/v1/deployments?state=queued&state=building&state=publishing&state=held&state=committing&state=syncing&limit=200",
      "/api/v1/deployments?limit=6",
    ],
  };
  const answers = new Map();

  function ask(address) {
    const answer = whole(fetch(address, { headers: { Accept: "application/json" }, cache: "no-store", credentials: "same-origin", redirect: "error" }));
    answer.catch(() => {}); // whoever takes it is told
    answers.set(address, answer);
    return answer;
  }

  /** With its body, so that nobody waits for that later. */
  async function whole(asked) {
    const response = await asked;
    return new Response(await response.arrayBuffer(), response);
  }

  /** Whether this browser could read when it asked last (session.js keeps it). */
  function couldRead() {
    try {
      return localStorage.getItem("slipway.reads") !== null;
    } catch {
      return false; // storage is forbidden here
    }
  }

  /** Who may not read is not answered, and the view asks for itself when that has changed. */
  async function begin() {
    const first = FIRST[location.pathname] ?? [];
    const session = ask("/session");
    const isHasty = couldRead();
    if (isHasty) first.forEach(ask);
    const mayRead = (await (await session).clone().json()).role !== null;
    if (mayRead && !isHasty) first.forEach(ask);
    if (!mayRead) for (const address of first) answers.delete(address);
  }
  begin().catch(() => {}); // the page's own calls say what is wrong

  globalThis.slipwayEarly = {
    /** The answer on its way, once; undefined if this was not asked for. */
    take(address) {
      const answer = answers.get(address);
      answers.delete(address);
      return answer;
    },
    /** The first view is there: what nobody took was asked for in vain. */
    end() {
      for (const address of answers.keys()) console.warn(`nobody needed ${address}`);
      answers.clear();
    },
  };
})();
