import { IssuerError, RedirectError, SessionOver } from "gatepass/browser";
import type { components } from "./schema";

/**
 * Everything a request can fail with.
 *
 *     Error
 *     ├── ApiError       the server answered with an error; carries its facts
 *     ├── NetworkError   no answer: offline, refused, timed out, or no pass to ask with
 *     └── SessionOver    there is no pass any more, and why
 */

/** The body that the API gives with every error. */
type ErrorBody = components["schemas"]["Error"] & Partial<components["schemas"]["ValidationError"]>;

export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  /** The API's stable name of the failure, e.g. `validation_error`; `unknown_error` for foreign bodies. */
  readonly errorType: string;
  /** What support needs to find the failure in the logs. */
  readonly requestId: string | undefined;
  /** Messages by field name; empty unless the status is 422. */
  readonly fields: Readonly<Record<string, string>>;
  /** Seconds to wait, from `Retry-After`; a day at most. */
  readonly retryAfter: number | undefined;

  constructor(response: Response, body: unknown) {
    const facts = isErrorBody(body) ? body : undefined;
    super(facts?.detail ?? `The server answered ${response.status}.`);
    this.status = response.status;
    this.errorType = facts?.error_type ?? "unknown_error";
    this.requestId = facts?.request_id ?? response.headers.get("x-request-id") ?? undefined;
    this.fields = Object.fromEntries(
      (facts?.errors ?? []).map(({ field, message }) => [field, message]),
    );
    this.retryAfter = retryAfterSeconds(response.headers);
  }
}

export class NetworkError extends Error {
  override name = "NetworkError";
  /** Seconds that the issuer asks to wait, where it does; a day at most. */
  readonly retryAfter: number | undefined;

  constructor(cause: unknown) {
    super("The server could not be reached.", { cause });
    this.retryAfter = cause instanceof IssuerError ? cause.retryAfter : undefined;
  }
}

export { SessionOver };

/** What went wrong in the terms above. Where the issuer gives no pass, the API was not asked. */
export function failureOf(error: unknown): Error {
  if (error instanceof SessionOver || error instanceof RedirectError) return error;
  return new NetworkError(error);
}

/** The request took too long to arrive; a proxy got no answer; the database is away. */
const PASSING = [408, 502, 503, 504];

/** Whether waiting and asking again can help: no answer, or none to what was asked. */
export function isPassing(error: unknown): error is ApiError | NetworkError {
  if (error instanceof NetworkError) return true;
  return error instanceof ApiError && PASSING.includes(error.status);
}

/** Whether the API says that there is no such item: a 404 of somebody on the way says nothing of it. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.errorType === "not_found_error";
}

/** Browsers take a timer of a month for one that is due. */
const DAY = 86_400;

/**
 * The wait that a response asks for, in whole seconds, a day at most. Reads `Retry-After` (seconds
 * or a date, RFC 9110 section 10.2.3) and Better Auth's `X-Retry-After`.
 */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? headers.get("x-retry-after");
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(DAY, Math.max(0, Math.ceil(seconds)));
}

function isErrorBody(body: unknown): body is ErrorBody {
  const { detail, error_type }: Record<string, unknown> = Object(body);
  return typeof detail === "string" && typeof error_type === "string";
}
