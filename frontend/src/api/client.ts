import type { PassClient } from "gatepass/browser";
import createClient, { type Client } from "openapi-fetch";
import { backoff, type Connection } from "./connection";
import { ApiError, failureOf, isPassing, SessionOver } from "./errors";
import type { paths } from "./schema";

export type Api = Client<paths>;

type Options = {
  baseUrl: string;
  /** Carries the pass: attaches it, renews it, replays what was refused once. */
  pass: Pick<PassClient, "fetch">;
  connection: Connection;
  /** First pause between attempts in milliseconds; doubles up to 8 s. @default 400 */
  pause?: number;
  /** How long one attempt may take, in milliseconds. @default 15000 */
  timeout?: number;
};

/**
 * The API client. Every request carries the pass; a 401 although it was renewed for the request
 * ends the session. Without an answer, or with a 408, 502, 503 or 504, what cannot take effect twice is
 * repeated with backoff and jitter, honouring `Retry-After`. Failures are thrown: see errors.ts.
 */
export function createApi(options: Options): Api {
  const { baseUrl, pass, connection, pause = 400, timeout = 15_000 } = options;

  async function attempt(request: Request): Promise<Response> {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
    const response = await pass
      .fetch(new Request(request.clone(), { signal }))
      .then(whole)
      .catch((error: unknown) => {
        request.signal.throwIfAborted();
        throw failureOf(error);
      });
    if (response.status === 401) throw new SessionOver("expired");
    return response;
  }

  async function send(request: Request): Promise<Response> {
    const attempts = attemptsOf(request);
    for (let tried = 1; ; tried++) {
      let failure: unknown;
      try {
        const response = await attempt(request);
        if (response.ok) {
          connection.restored();
          return response;
        }
        failure = new ApiError(response, await response.json().catch(() => undefined));
      } catch (error) {
        failure = error;
      }
      request.signal.throwIfAborted();
      if (!isPassing(failure)) {
        if (failure instanceof ApiError) connection.restored();
        throw failure;
      }
      const askedFor = (failure.retryAfter ?? 0) * 1000;
      connection.lost(askedFor);
      if (tried >= attempts) throw failure;
      await connection.wait(Math.max(askedFor, backoff(tried - 1, pause, 8000)), request.signal);
    }
  }

  return createClient<paths>({ baseUrl, fetch: send, cache: "no-store", credentials: "omit" });
}

/** How often a request may be sent: a write of one item until it is answered. */
function attemptsOf({ method, url }: Request): number {
  if (method === "GET") return 6;
  // What a POST does, or a DELETE to whatever a query finds, would be done once more.
  return method === "POST" || url.includes("?") ? 1 : Number.POSITIVE_INFINITY;
}

/** An answer whose body is there: a connection can be lost, and an attempt end, within it. */
async function whole(response: Response): Promise<Response> {
  const body = await response.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, response);
}

/** The body of an answer. `createApi` throws on every failure, so `data` is there. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}
