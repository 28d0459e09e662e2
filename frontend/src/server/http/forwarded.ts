import type { IncomingMessage } from "node:http";

/** What a proxy adds and Next.js believes, for one in comparing a Server Action's origin. */
const CLAIMS = ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip"];

/**
 * Puts in what this server knows about itself and its client for what the request says about
 * either: the public origin is configured, and the address has been found by client-address.ts.
 */
export function takeOwnWord(request: IncomingMessage, origin: URL, client: string): void {
  const { headers } = request;
  for (const name of CLAIMS) delete headers[name];
  headers.host = origin.host;
  headers["x-forwarded-host"] = origin.host;
  headers["x-forwarded-proto"] = origin.protocol.slice(0, -1);
  headers["x-forwarded-for"] = client;
}
