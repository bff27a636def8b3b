// Lists that the server gives in pages.
import { get } from "./api.js";

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
