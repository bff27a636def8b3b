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

  /** Who may not read is not answered, so ask first. */
  async function begin() {
    const { role } = await (await ask("/session")).clone().json();
    if (role) for (const address of FIRST[location.pathname] ?? []) ask(address);
  }
  // The page's own calls say what is wrong. Later than its modules, this would only ask once more.
  if (document.readyState === "loading") begin().catch(() => {});

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
