import type { IncomingMessage, ServerResponse } from "node:http";

/** No form of this site comes near it, in bytes; the backend has the same limit. */
const MAX_BODY = 64 * 1024;

/**
 * Answers what nothing behind should see: a body over 64 KB (413) or of unannounced length (411,
 * RFC 9110 section 15.5.12), because Better Auth and Next.js route handlers have no limit,
 * TRACE (405), for which the Fetch API has no Request, and a target that is no path (`OPTIONS *`)
 * or no percent-encoded UTF-8 (400), on which Next.js stumbles.
 *
 * @returns whether the request has been answered
 */
export function refuse(request: IncomingMessage, response: ServerResponse): boolean {
  const refusal = reason(request);
  if (!refusal) return false;
  const [status, code, message] = refusal;
  response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
  response.end(JSON.stringify({ code, message }));
  return true;
}

function reason({ method, url, headers }: IncomingMessage): [number, string, string] | undefined {
  if (method === "TRACE") return [405, "METHOD_NOT_ALLOWED", "TRACE is not offered."];
  if (!url?.startsWith("/")) return [400, "BAD_REQUEST", "The address must be a path."];
  if (!isDecodable(url.split("?", 1)[0] ?? "")) {
    return [400, "BAD_REQUEST", "The address is not encoded correctly."];
  }
  if (Number(headers["content-length"] ?? 0) > MAX_BODY) {
    return [413, "PAYLOAD_TOO_LARGE", "The request is larger than 64 KB."];
  }
  if (headers["transfer-encoding"] !== undefined) {
    return [411, "LENGTH_REQUIRED", "The request must state its length."];
  }
  return undefined;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
