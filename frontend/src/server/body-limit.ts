import type { IncomingMessage, ServerResponse } from "node:http";

/** No form of this site comes near it, in bytes; the backend has the same limit. */
const MAX_BODY = 64 * 1024;

/**
 * Answers 413 to a body over 64 KB, and 411 to one of unannounced length (RFC 9110 section
 * 15.5.12), before anything reads it: Better Auth and Next.js route handlers have no limit.
 *
 * @returns whether the request has been answered
 */
export function refusedBody(request: IncomingMessage, response: ServerResponse): boolean {
  const tooLong = Number(request.headers["content-length"] ?? 0) > MAX_BODY;
  const unannounced = request.headers["transfer-encoding"] !== undefined;
  if (!tooLong && !unannounced) return false;
  const [status, code, message] = tooLong
    ? [413, "PAYLOAD_TOO_LARGE", "The request is larger than 64 KB."]
    : [411, "LENGTH_REQUIRED", "The request must state its length."];
  response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
  response.end(JSON.stringify({ code, message }));
  return true;
}
