import createClient, { type Client } from "openapi-fetch";
import { backoff, type Connection } from "./connection";
import { ApiError, isPassing, NetworkError, retryAfterSeconds, SessionOver } from "./errors";
import type { paths } from "./schema";

export type Api = Client<paths>;

/** Where the pass comes from; `auth/token.ts` is the real one. */
export type PassSource = {
  /** The current pass, or a fresh one. Throws SessionOver, NetworkError or ApiError. */
  get(): Promise<string>;
  /** A pass other than the one that the API has just refused. */
  renew(refused: string): Promise<string>;
};

type Options = {
  baseUrl: string;
  pass: PassSource;
  connection: Connection;
  fetch?: typeof fetch;
  /** Attempts in all to read. Writes that may be repeated go on until they are answered. @default 6 */
  readAttempts?: number;
  /** First pause between attempts in milliseconds; doubles up to 8 s. @default 400 */
  pause?: number;
  /** How long one attempt may take, in milliseconds. @default 15000 */
  timeout?: number;
};

/**
 * The API client. Every request carries the pass. A 401 asks once for a fresh one and replays the
 * request once (safe for every method: a refused request had no effect); a second 401 ends the
 * session. Without an answer, or with a 503, everything but POST is repeated with backoff and
 * jitter, honouring `Retry-After`. Failures are thrown: see errors.ts.
 */
export function createApi(options: Options): Api {
  const { baseUrl, pass, connection, readAttempts = 6, pause = 400, timeout = 15_000 } = options;
  const fetchOnce = options.fetch ?? ((request: Request) => fetch(request));

  async function attempt(request: Request): Promise<Response> {
    let token = await pass.get();
    for (let replayed = false; ; replayed = true) {
      const response = await sendWith(token, request);
      if (response.status !== 401) return response;
      if (replayed) throw new SessionOver("expired");
      token = await pass.renew(token);
    }
  }

  async function sendWith(token: string, request: Request): Promise<Response> {
    const copy = new Request(request.clone(), {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]),
    });
    copy.headers.set("Authorization", `Bearer ${token}`);
    try {
      return await fetchOnce(copy);
    } catch (cause) {
      request.signal.throwIfAborted();
      throw new NetworkError(cause);
    }
  }

  async function send(request: Request): Promise<Response> {
    const attempts = { GET: readAttempts, POST: 1 }[request.method] ?? Number.POSITIVE_INFINITY;
    for (let tried = 1; ; tried++) {
      let failure: unknown;
      let askedFor = 0;
      try {
        const response = await attempt(request);
        if (response.ok) {
          connection.restored();
          return response;
        }
        failure = new ApiError(response, await response.json().catch(() => undefined));
        askedFor = (retryAfterSeconds(response.headers) ?? 0) * 1000;
      } catch (error) {
        failure = error;
      }
      request.signal.throwIfAborted();
      if (!isPassing(failure)) {
        if (failure instanceof ApiError) connection.restored();
        throw failure;
      }
      connection.lost(askedFor);
      if (tried >= attempts) throw failure;
      await connection.wait(Math.max(askedFor, backoff(tried - 1, pause, 8000)), request.signal);
    }
  }

  return createClient<paths>({ baseUrl, fetch: send, cache: "no-store", credentials: "omit" });
}

/** The body of an answer. `createApi` throws on every failure, so `data` is there. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}
