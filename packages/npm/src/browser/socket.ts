import { IssuerError } from "./errors.ts";
import type { PassClient } from "./index.ts";

/** The close code of a socket whose pass has ended (RFC 6455 section 7.4.2: the application's own). */
const PASS_ENDED = 4401;

const SHORT_LIVED = 10_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * What a browser's WebSocket offers instead of the header that it cannot set. The gate takes the
 * token out and answers `gatepass`.
 *
 * @example new WebSocket(url, webSocketProtocols(await pass.token()))
 */
export const webSocketProtocols = (token: string): string[] => ["gatepass", `bearer.${token}`];

/**
 * Opens a WebSocket to the API with the pass, and a new one with a fresh pass whenever the API
 * closes it because the pass has ended (4401). Each is given to `onSocket` before it is open.
 * Whatever else closes it is the caller's to see.
 *
 * While the issuer is away, and when sockets end as soon as they begin, the pause grows up to a
 * minute. After the end of the session none is opened; one that is open lives as long as its pass,
 * so close it where somebody signs out.
 *
 * @returns what closes the socket for good
 * @throws {TypeError} when the address is not the API's
 */
export function openSocket(
  pass: Pick<PassClient, "isApi" | "token">,
  url: string | URL,
  onSocket: (socket: WebSocket) => void,
): () => void {
  if (!pass.isApi(url)) throw new TypeError(`openSocket: ${url} is not the API's.`);
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let stopped = false;

  function later(refused: string | undefined, atLeast = 0): void {
    const pause = Math.max(atLeast, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures++));
    timer = setTimeout(open, pause * (0.5 + Math.random() / 2), refused);
  }

  async function open(refused?: string): Promise<void> {
    let token: string;
    try {
      token = await pass.token(refused);
    } catch (error) {
      if (error instanceof IssuerError && !stopped) later(refused, (error.retryAfter ?? 0) * 2000);
      return;
    }
    if (stopped) return;
    const since = Date.now();
    socket = new WebSocket(url, webSocketProtocols(token));
    socket.addEventListener("close", ({ code }) => {
      if (code !== PASS_ENDED || stopped) return;
      if (Date.now() - since < SHORT_LIVED) return later(token);
      failures = 0;
      void open(token);
    });
    onSocket(socket);
  }

  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket?.close();
  };
}
