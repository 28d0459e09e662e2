import { apiBaseUrl } from "../../../api/base-url";

/** What one side did. */
export type Line = { who: "Browser" | "Issuer" | "API"; text: string };

export type Wire = {
  /** From now on no request gets an answer. */
  cut(isCut: boolean): void;
  /** The next answer of the API comes this many milliseconds late. */
  holdNext(ms: number): void;
  close(): void;
};

/** Stands between this page and the two servers: says what passes, and keeps it back if told to. */
export function listenToWire(say: (line: Line) => void): Wire {
  const original = window.fetch;
  let isCut = false;
  let hold = 0;

  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const who = sideOf(request);
    if (!who) return original(request);
    const { pathname } = new URL(request.url);
    const token = request.headers.get("Authorization")?.slice("Bearer ".length);
    const carrying = token ? ` with the pass ${nameOf(token)}` : "";
    // Whether somebody is there again is no part of what is told.
    const tell = pathname === "/ready" ? () => {} : say;
    tell({ who: "Browser", text: `sends ${request.method} ${pathname}${carrying}` });
    try {
      if (isCut) throw new TypeError("Kept back by the lab");
      const response = await original(request);
      const delay = who === "API" ? hold : 0;
      if (delay) hold = 0;
      tell({ who, text: await describe(response.clone()) });
      if (delay) await pause(delay, request.signal);
      return response;
    } catch (error) {
      const gaveUp = request.signal.aborted;
      tell({ who: "Browser", text: gaveUp ? "waits no longer" : "gets no answer" });
      throw error;
    }
  };

  return {
    cut(next) {
      isCut = next;
    },
    holdNext(ms) {
      hold = ms;
    },
    close() {
      window.fetch = original;
    },
  };
}

/** Passes are told apart by the end of their signature, which opens nothing. */
export const nameOf = (token: string): string => `…${token.slice(-5)}`;

function sideOf({ url }: Request): "Issuer" | "API" | undefined {
  if (url.startsWith(`${apiBaseUrl()}/`)) return "API";
  const { origin, pathname } = new URL(url);
  const issues = /^\/(ready|api\/auth\/gatepass\/token)$/.test(pathname);
  return origin === location.origin && issues ? "Issuer" : undefined;
}

async function describe(response: Response): Promise<string> {
  const body = await response.json().catch(() => undefined);
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  const [, description] = /error_description="([^"]*)"/.exec(challenge) ?? [];
  if (response.ok) {
    const gives = typeof body?.token === "string" ? `, the pass ${nameOf(body.token)}` : "";
    return `answers ${response.status}${gives}`;
  }
  const reason = description ?? body?.detail ?? body?.message;
  return `answers ${response.status}${reason ? `: ${reason}` : ""}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
