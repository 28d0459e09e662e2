import { AsyncLocalStorage } from "node:async_hooks";

const KEY = Symbol.for("gatepass.request-scope");
const shared = globalThis as { [KEY]?: AsyncLocalStorage<RequestScope> };

interface RequestScope {
  requestId: string;
  /** A page could not be made because a database is away: a 503, not a 500. */
  unavailable?: boolean;
}

/**
 * The request being answered, so that each log line can name it. Kept on `globalThis`, because
 * `server.ts` and the bundle that Next.js makes have each their own copy of this module.
 */
shared[KEY] ??= new AsyncLocalStorage();
export const requestScope = shared[KEY];
