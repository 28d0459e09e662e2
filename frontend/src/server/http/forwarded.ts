import type { IncomingMessage } from "node:http";

/** What a proxy adds and Next.js believes, for one in comparing a Server Action's origin. */
const CLAIMS = ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip"];

/** Browsers send less, and Next.js holds each against a pattern that takes the square of its length. */
const MAX_USER_AGENT = 400;

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
}
