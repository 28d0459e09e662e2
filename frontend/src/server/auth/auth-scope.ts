import { AsyncLocalStorage } from "node:async_hooks";

/** What is noted while Better Auth answers one question. */
interface AuthScope {
  /** The first failure of the database. */
  failure?: unknown;
  /** A row was to be written of a user who has been deleted meanwhile. */
  userGone?: boolean;
  /** The counter that goes back by one if all turns out well. */
  counted?: string;
  /** The account that is tried, as a keyed hash, and the user once it is known who. */
  account?: string;
  user?: string;
}

const KEY = Symbol.for("gatepass.auth-scope");
const shared = globalThis as { [KEY]?: AsyncLocalStorage<AuthScope> };

/** Kept on `globalThis`, because pages and routes have each their own copy of this module. */
shared[KEY] ??= new AsyncLocalStorage();
export const authScope = shared[KEY];
