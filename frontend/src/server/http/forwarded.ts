import type { IncomingMessage } from "node:http";
import { parseAndValidateFlightRouterState } from "next/dist/server/app-render/parse-and-validate-flight-router-state.js";

/** What a proxy adds and Next.js believes, for one in comparing a Server Action's origin. */
const CLAIMS = ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip"];

/** Browsers send less, and Next.js holds each against a pattern that takes the square of its length. */
const MAX_USER_AGENT = 400;

/** Where a browser is in the tree of routes: what Next.js sends for pages of this site is 500 long. */
const ROUTER_STATE = "next-router-state-tree";
const MAX_ROUTER_STATE = 4000;
const MAX_ROUTES = 50;

/**
 * Puts in what this server knows about itself and its client for what the request says about
 * either: the public origin is configured, and the address has been found by client-address.ts.
 * Of the name of the client's program no more is kept than anybody needs.
 */
export function takeOwnWord(request: IncomingMessage, origin: URL, client: string): void {
  const { headers } = request;
  for (const name of CLAIMS) delete headers[name];
  headers.host = origin.host;
  headers["x-forwarded-host"] = origin.host;
  headers["x-forwarded-proto"] = origin.protocol.slice(0, -1);
  headers["x-forwarded-for"] = client;
  const agent = headers["user-agent"];
  if (agent !== undefined) headers["user-agent"] = agent.slice(0, MAX_USER_AGENT);
  if (!isRouterState(headers[ROUTER_STATE])) delete headers[ROUTER_STATE];
}

/**
 * Whether Next.js can read it, and without effort: it takes the square of the depth for what is
 * nested, and makes a 500 of what is no such tree. Without one it answers the whole page.
 */
function isRouterState(header: string | string[] | undefined): boolean {
  if (typeof header !== "string" || header.length > MAX_ROUTER_STATE) return false;
  if ((header.match(/\[|%5b/gi)?.length ?? 0) > MAX_ROUTES) return false;
  try {
    parseAndValidateFlightRouterState(header);
    return true;
  } catch {
    return false;
  }
}
