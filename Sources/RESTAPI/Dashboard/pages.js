// What the server gives in pages, and what it tells of one at a time.
import { get, paths } from "./api.js";

/** A deployment with its timeline, which an event has not; null if the server cannot be asked now. */
export async function whole(id, signal) {
  try {
    return await get(paths.deployment(id), { signal });
  } catch (problem) {
    if (problem.name !== "AbortError" && problem.status !== 0) throw problem;
    return null;
  }
}

/**
 * @param query what is wanted now: asked for each page
 * @param key what tells one from another
 */
export function pages(path, query, { signal, key = "id" }) {
  const items = new Map();
  let cursor = null;
  let round = 0;

  async function next() {
    const asked = round;
    const isFirst = cursor === null;
    const page = await get(path, { query: { ...query(), cursor }, signal });
    if (asked !== round) return; // somebody wants to see others by now
    if (isFirst) items.clear();
    for (const one of page.items) items.set(one[key], one);
    cursor = page.nextCursor;
  }

  return {
    items,
    get hasMore() {
      return cursor !== null;
    },
    next,

    /** Begins anew. What is there stays until the answer is. */
    async first() {
      round += 1;
      cursor = null;
      await next();
    },
  };
}
