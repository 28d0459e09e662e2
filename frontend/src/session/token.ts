import { ApiError, type EndReason, NetworkError, SessionOver } from "../api/errors";
import type { TabChannel } from "./tabs";

/** A pass and what this tab knows of it. It lives in memory and nowhere else. */
type Pass = {
  token: string;
  /** Whose it is: the token's `sub`. */
  userId: string;
  /** From when on it should be replaced: a local time in milliseconds since the epoch. */
  staleAt: number;
};

type Options = {
  /** Whose pages this tab shows; undefined while nobody is signed in. */
  userId: () => string | undefined;
  channel: TabChannel;
  /** The issuer found another user in the session than the one this tab shows. */
  onOtherUser: (userId: string) => void;
  url?: string;
  fetch?: typeof fetch;
  locks?: Pick<LockManager, "request"> | undefined;
  now?: () => number;
  /** How long a tab waits for the one that renewed before it, in milliseconds. @default 250 */
  handOver?: number;
};

export type PassKeeper = ReturnType<typeof createPassKeeper>;

/**
 * Keeps the pass: at most one request for a fresh one at a time, in this tab and in all tabs of
 * the browser together. Within the tab the requests share one promise. Across tabs a Web Lock
 * lets one tab ask; it hands the new pass over on the channel, and those who waited for the lock
 * take that one. A pass of another user is never taken.
 *
 * A pass counts as stale a little before its end, by its lifetime (`exp - iat`) from the moment it
 * arrived: neither end needs to have the same clock.
 */
export function createPassKeeper(options: Options) {
  const {
    userId,
    channel,
    onOtherUser,
    url = "/api/auth/gatepass/token",
    handOver = 250,
  } = options;
  const now = options.now ?? Date.now;
  const fetchOnce = options.fetch ?? ((input, init) => fetch(input, init));
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;

  let current: Pass | undefined;
  let renewal: Promise<string> | undefined;
  const arrivals = new Set<() => void>();

  channel.on((message) => {
    if (message.type === "pass" && message.userId === userId())
      keep(message.token, message.staleAt);
  });

  function keep(token: string, staleAt?: number): Pass {
    const { sub, iat, exp } = claimsOf(token);
    const lifetime = (exp - iat) * 1000;
    current = {
      token,
      userId: sub,
      staleAt: staleAt ?? now() + lifetime - Math.min(60_000, lifetime * 0.2),
    };
    for (const arrived of [...arrivals]) arrived();
    return current;
  }

  function usable(refused?: string): string | undefined {
    const owner = userId();
    if (!current || current.token === refused || now() >= current.staleAt) return undefined;
    return owner === undefined || current.userId === owner ? current.token : undefined;
  }

  function renewOnce(refused?: string): Promise<string> {
    renewal ??= renewAmongTabs(refused).finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  async function renewAmongTabs(refused?: string): Promise<string> {
    if (!locks) return fetchPass();
    const name = "gatepass-renewal";
    const alone = await locks.request(name, { ifAvailable: true }, (lock) =>
      lock ? fetchPass() : undefined,
    );
    if (alone) return alone;
    return locks.request(name, async () => {
      if (!usable(refused)) await arrival();
      return usable(refused) ?? fetchPass();
    });
  }

  /** The next pass that another tab hands over, or the end of the patience for it. */
  function arrival(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        arrivals.delete(done);
        resolve();
      };
      const timer = setTimeout(done, handOver);
      arrivals.add(done);
    });
  }

  async function fetchPass(): Promise<string> {
    let response: Response;
    try {
      response = await fetchOnce(url, {
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.timeout(10_000),
      });
    } catch (cause) {
      throw new NetworkError(cause);
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status === 401) throw new SessionOver(endReason(body));
    if (!response.ok) throw new ApiError(response, body);
    const pass = keep((body as { token: string }).token);
    if (userId() !== undefined && pass.userId !== userId()) {
      onOtherUser(pass.userId);
      throw new SessionOver("expired");
    }
    channel.send({ type: "pass", userId: pass.userId, token: pass.token, staleAt: pass.staleAt });
    return pass.token;
  }

  return {
    /** The pass in hand, or a fresh one. */
    async get(): Promise<string> {
      return usable() ?? renewOnce();
    },
    /** A fresh pass, because the API refused this one; the one in hand if it is already another. */
    async renew(refused: string): Promise<string> {
      return usable(refused) ?? renewOnce(refused);
    },
    /** Asks the issuer even if the pass in hand is good: is the session still there, and whose? */
    async check(): Promise<void> {
      await renewOnce(current?.token);
    },
    /** Takes the pass that came with a sign-in. */
    adopt(token: string): void {
      keep(token);
    },
    /** Milliseconds until the pass in hand is stale; 0 if there is none. */
    freshFor: (): number => (usable() && current ? current.staleAt - now() : 0),
    clear(): void {
      current = undefined;
    },
  };
}

/** The claims of a pass that our own issuer has just sent: read, not verified; the API verifies. */
function claimsOf(token: string): { sub: string; iat: number; exp: number } {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function endReason(body: unknown): EndReason {
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : undefined;
  return code === "ACCOUNT_DEACTIVATED" ? "deactivated" : "expired";
}
