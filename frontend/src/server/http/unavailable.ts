import type { ServerResponse } from "node:http";
import { requestScope } from "./request-scope.ts";

/**
 * Makes a 503 of the 500 that Next.js answers when a page could not ask its database (session.ts
 * notes it): balancers and caches tell the two apart, and a page cannot choose its status.
 */
export function answerUnavailable(response: ServerResponse): void {
  const scope = requestScope.getStore();
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    if (!scope?.unavailable || status !== 500) return writeHead(status, ...rest);
    response.setHeader("Retry-After", "2");
    response.setHeader("Cache-Control", "no-store");
    return writeHead(503, ...rest);
  }) as typeof response.writeHead;
}
