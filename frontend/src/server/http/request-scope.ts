import { AsyncLocalStorage } from "node:async_hooks";
import { perProcess } from "./per-process.ts";

interface RequestScope {
  requestId: string;
  /** A page could not be made because a database is away: a 503, not a 500. */
  unavailable?: boolean;
}

/** The request being answered, so that each log line can name it. */
export const requestScope = perProcess(
  "request-scope",
  () => new AsyncLocalStorage<RequestScope>(),
);
