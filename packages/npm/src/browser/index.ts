import { RedirectError } from "./errors.ts";
import { createKeeper, type KeeperOptions, type PassKeeper } from "./pass-keeper.ts";

export { type EndReason, IssuerError, RedirectError, SessionOver } from "./errors.ts";
export { openSocket, webSocketProtocols } from "./socket.ts";

export interface PassClientOptions extends KeeperOptions {
  /**
   * Base URL or URLs of the API, or a path of this site: the pass goes to their origins and
   * nowhere else.
   */
  api: string | URL | readonly (string | URL)[];
}

export interface PassClient extends PassKeeper {
  /**
   * The browser's `fetch`, with the pass where the request goes to the API: renewed before its
   * end, and once more when the API refuses it, after which the request is sent once again (a
   * refused request had no effect, so any method may be). Any other answer is the caller's, a 403
   * and a second 401 too. Elsewhere it is the browser's `fetch` and nothing more.
   *
   * A redirect is not followed, unless the request says itself what to do with it.
   *
   * @throws {SessionOver | IssuerError | RedirectError} besides what `fetch` throws
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Whether the pass may go to this address, of HTTP or of a WebSocket. */
  isApi(url: string | URL): boolean;
}

/**
 * Carries the pass in a page: takes it, keeps it in memory, attaches it, renews it once for all
 * tabs. Make one for each issuer, in the browser only.
 *
 * @example
 * const pass = createPassClient({
 *   api: "https://api.example.com",
 *   onSessionOver: (reason) => location.assign(`/login?reason=${reason}`),
 *   onOtherUser: () => location.reload(),
 * });
 * const tasks = await (await pass.fetch("https://api.example.com/tasks")).json();
 * @throws {TypeError} when `api` is no such URL
 */
export function createPassClient(options: PassClientOptions): PassClient {
  const keeper = createKeeper(options);
  const fetchOnce = options.fetch ?? ((input, init) => fetch(input, init));
  const bases = [options.api].flat();
  // Without a scheme, a name would be a path of the page's own origin.
  if (!bases.length || bases.some((base) => !/^(https?:\/)?\//i.test(`${base}`)))
    throw new TypeError(
      "createPassClient: api must be the base URL of the API, with https:// or http://.",
    );
  const origins = bases.map(originOf);
  const isApi = (url: string | URL) => origins.includes(originOf(url));

  async function send(request: Request, token: string): Promise<Response> {
    const { url, redirect } = request;
    const carrying = new Request(request, {
      redirect: redirect === "follow" ? "manual" : redirect,
    });
    carrying.headers.set("Authorization", `Bearer ${token}`);
    const response = await fetchOnce(carrying);
    const { type, status, headers } = response;
    const redirects =
      type === "opaqueredirect" || (status > 299 && status < 400 && headers.has("location"));
    if (redirects && redirect === "follow") throw new RedirectError(url);
    return response;
  }

  return {
    ...keeper,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (!isApi(request.url)) return fetchOnce(request);
      const token = await unlessAborted(keeper.token(), request.signal);
      const response = await send(request.clone(), token);
      if (response.status !== 401) return response;
      void response.body?.cancel();
      return send(request, await unlessAborted(keeper.token(token), request.signal));
    },
    isApi,
  };
}

/** That of a WebSocket is the same as that of the HTTP beside it. */
function originOf(url: string | URL): string {
  const { href } = new URL(url, globalThis.location?.href);
  return new URL(href.replace(/^ws/, "http")).origin;
}

/** A renewal is shared, so a caller who gives up leaves it to the others. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
