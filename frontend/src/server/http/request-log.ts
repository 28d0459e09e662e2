import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { log } from "./log.ts";
import { isProbe } from "./probes.ts";
import { redact } from "./redact.ts";

const SANE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Names the request: the caller's `X-Request-ID` when it is sane, else a new one. Request and
 * answer both carry it from here on, and so do calls to the backend.
 */
export function nameRequest(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
  request.headers["x-request-id"] = id;
  response.setHeader("X-Request-ID", id);
  return id;
}

/** What a line shows of an address, in characters: any number may come that are refused. */
const MAX_URL = 500;

/**
 * Logs each request with its answer in one line, at level info, with duration in milliseconds; at
 * level debug with the headers of both. No bodies.
 */
export function logExchange(
  request: IncomingMessage,
  response: ServerResponse,
  client: string,
): void {
  const { method, url = "" } = request;
  const begun = performance.now();
  log.debug("request_headers", { headers: request.headers });
  const record = () => {
    log.debug("answer_headers", { headers: response.getHeaders() });
    // A probe comes every second and says nothing that its own failure does not.
    const level = isProbe(url.split("?", 1)[0] ?? "") ? "debug" : "info";
    log[level]("request", {
      client,
      method,
      url: String(redact(url)).slice(0, MAX_URL),
      status: response.statusCode,
      durationMs: Math.round((performance.now() - begun) * 10) / 10,
      ...(!response.writableFinished && { aborted: true }),
    });
  };
  // The connection may be what ends, and it knows nothing of this request and its id.
  response.once("close", AsyncResource.bind(record));
}
