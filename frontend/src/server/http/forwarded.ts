import type { IncomingMessage } from "node:http";

/** What a proxy adds and Next.js believes, for one in comparing a Server Action's origin. */
const CLAIMS = ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip"];

/** Conditions whose failure is a 500 in Next.js. A server may ignore them (RFC 9110, sections 13.2.1 and 14.2). */
const CONDITIONS = ["if-match", "if-range", "if-unmodified-since", "range"];

/** Browsers send less, and Next.js holds each against a pattern that takes the square of its length. */
const MAX_USER_AGENT = 400;

/** Where a browser is in the tree of routes: what Next.js sends for pages of this site is 500 long. */
const ROUTER_STATE = "next-router-state-tree";
const MAX_ROUTER_STATE = 4000;
const MAX_ROUTES = 50;
const RELOADS = [null, "refetch", "inside-shared-layout", "metadata-only"];
/** Of dynamic segments: `[id]`, `[...all]`, `[[...all]]`. */
const KINDS = ["d", "c", "oc"];

/**
 * Puts in what this server knows about itself and its client for what the request says about
 * either: the public origin is configured, and the address has been found by client-address.ts.
 * Of the name of the client's program no more is kept than anybody needs.
 */
export function takeOwnWord(
  { headers }: Pick<IncomingMessage, "headers">,
  origin: URL,
  client: string,
): void {
  for (const name of [...CLAIMS, ...CONDITIONS]) delete headers[name];
  headers.host = origin.host;
  headers["x-forwarded-host"] = origin.host;
  headers["x-forwarded-proto"] = origin.protocol.slice(0, -1);
  headers["x-forwarded-for"] = client;
  const agent = headers["user-agent"];
  if (agent !== undefined) headers["user-agent"] = agent.slice(0, MAX_USER_AGENT);
  if (!isRouterState(headers[ROUTER_STATE])) delete headers[ROUTER_STATE];
}

/** Whether Next.js can read it, and without effort. Without one it answers the whole page. */
function isRouterState(header: string | string[] | undefined): boolean {
  if (typeof header !== "string" || header.length > MAX_ROUTER_STATE) return false;
  if ((header.match(/\[|%5b/gi)?.length ?? 0) > MAX_ROUTES) return false;
  try {
    return isTree(JSON.parse(decodeURIComponent(header)));
  } catch {
    return false;
  }
}

/**
 * Next.js's own schema (`flightRouterStateSchema`), which is left at the first mistake: it collects
 * all of them, once more at each depth, and makes a 500 of them.
 */
function isTree(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > 6) return false;
  const [segment, children, from = null, reload = null, hints = null, ...rest] = value;
  return (
    isSegment(segment) &&
    typeof children === "object" &&
    children !== null &&
    !Array.isArray(children) &&
    Object.values(children).every(isTree) &&
    (from === null || (areTexts(from) && from.length === 2)) &&
    RELOADS.includes(reload) &&
    (hints === null || typeof hints === "number") &&
    areTexts(rest)
  );
}

function isSegment(value: unknown): boolean {
  if (typeof value === "string") return true;
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [name, key, kind, siblings] = value;
  return areTexts([name, key]) && KINDS.includes(kind) && (siblings === null || areTexts(siblings));
}

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
