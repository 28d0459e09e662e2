import type { IncomingMessage, ServerResponse } from "node:http";
import { errorBody } from "./error-body.ts";
import { isForeignChange } from "./same-origin.ts";

/** No form of this site comes near it, in bytes; the backend has the same limit. */
const MAX_BODY = 64 * 1024;

/** Request line and headers, each in bytes. */
export const MAX_LINE = 16 * 1024;
const MAX_HEADERS = 16 * 1024;

/** Next.js looks for each among all when they are copied; browsers send some twenty. */
const MAX_HEADER_COUNT = 128;

/** Next.js takes time for each; this site's addresses have four parameters, its cookies are four. */
const MAX_PARAMETERS = 100;
const MAX_COOKIES = 100;

/** A segment `.` or `..` in every spelling that the URL parser takes for one (WHATWG URL, 4.1). */
const DOTS = /(^|\/|\\|%2f|%5c)(\.|%2e){1,2}($|\/|\\|%2f|%5c)/i;

type Refusal = [status: number, code: string, message: string];

/**
 * Answers what nothing behind should see: what is larger than anything this site is asked for
 * (413, 414, 431), a body of unannounced length (411, RFC 9110 section 15.5.12), because Better
 * Auth and Next.js route handlers have no limit, a change that a page of another site asks for
 * (403), a method that the address does not take (405), an address below `/api` that is none (404), a target that is no path (`OPTIONS *`) or no
 * percent-encoded UTF-8, on which Next.js stumbles, and one that names another path by `..`, which
 * Next.js follows behind the back of whoever goes by the beginning (400); and anything but one
 * `Host` (400, RFC 9112 section 3.2).
 *
 * @param origin - the public origin of this site
 * @param methodsAt - what the address at a path takes
 * @returns whether the request has been answered
 */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  methodsAt: (path: string) => string[],
): boolean {
  const refusal = tooLarge(request) ?? malformed(request) ?? foreign(request, origin);
  if (refusal) {
    answerRefusal(response, ...refusal);
    return true;
  }
  const { method = "", url = "" } = request;
  const methods = methodsAt(url.split("?", 1)[0] ?? "");
  if (methods.includes(method)) return false;
  if (methods.length === 0) {
    answerRefusal(response, 404, "NOT_FOUND", "There is nothing at this address.");
    return true;
  }
  response.setHeader("Allow", methods.join(", "));
  answerRefusal(response, 405, "METHOD_NOT_ALLOWED", "This address does not support that method.");
  return true;
}

/** Ends the exchange with an error in its usual shape. */
export function answerRefusal(response: ServerResponse, ...[status, code, message]: Refusal): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store", // caches may keep a 404, 405 or 414 otherwise (RFC 9110, 15.1)
    Connection: "close",
  });
  response.end(JSON.stringify(errorBody(status, code, message)));
}

function tooLarge({ method, url = "", headers, rawHeaders }: IncomingMessage): Refusal | undefined {
  if (`${method} ${url} HTTP/1.1`.length > MAX_LINE || count(url, "&") >= MAX_PARAMETERS) {
    return [414, "URI_TOO_LONG", "The address is too long."];
  }
  const size = rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  const isMany =
    rawHeaders.length > 2 * MAX_HEADER_COUNT || count(headers.cookie ?? "", ";") >= MAX_COOKIES;
  if (isMany || size > MAX_HEADERS) {
    return [431, "HEADERS_TOO_LARGE", "The headers are too large."];
  }
  if (Number(headers["content-length"] ?? 0) > MAX_BODY) {
    return [413, "PAYLOAD_TOO_LARGE", "The request is larger than 64 KB."];
  }
  if (headers["transfer-encoding"] !== undefined) {
    return [411, "LENGTH_REQUIRED", "The request must state its length."];
  }
  return undefined;
}

function malformed({ url, httpVersion, rawHeaders }: IncomingMessage): Refusal | undefined {
  if (!url?.startsWith("/")) return [400, "BAD_REQUEST", "The address must be a path."];
  const path = url.split("?", 1)[0] ?? "";
  if (!isDecodable(path)) return [400, "BAD_REQUEST", "The address is not encoded correctly."];
  if (DOTS.test(path)) return [400, "BAD_REQUEST", "The address must not contain `.` or `..`."];
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion === "1.1")) {
    return [400, "BAD_REQUEST", "The request must have one Host header."];
  }
  return undefined;
}

function foreign({ method, headers }: IncomingMessage, origin: string): Refusal | undefined {
  const header = (name: string) => [headers[name]].flat()[0];
  if (!isForeignChange(method, header, origin)) return undefined;
  return [403, "INVALID_ORIGIN", "This was sent from another site."];
}

function count(text: string, separator: string): number {
  let found = 0;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) found++;
  return found;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
