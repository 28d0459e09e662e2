import { AsyncLocalStorage } from "node:async_hooks";
import { perProcess } from "../http/per-process.ts";

/** What is noted while Better Auth answers one question. */
interface AuthScope {
  /** The address of whoever asked. */
  client?: string | undefined;
  /** The first failure of the database. */
  failure?: unknown;
  /** A row was to be written of a user who has been deleted meanwhile. */
  userGone?: boolean;
  /** The counter that goes back by one if all turns out well. */
  counted?: string;
  /** The account that is tried, as a keyed hash, and the user once it is known who. */
  account?: string;
  user?: string;
  /** The hash of the password that was found right. */
  verified?: string;
  /** A new password that has been hashed before Better Auth asks for it. */
  prepared?: { password: string; hash: string };
}

export const authScope = perProcess("auth-scope", () => new AsyncLocalStorage<AuthScope>());
