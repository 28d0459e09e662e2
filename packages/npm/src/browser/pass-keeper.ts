import { type EndReason, IssuerError, SessionOver } from "./errors.ts";
import { askIssuer } from "./issuer.ts";
import { createTurns } from "./one-renewal.ts";
import { DAY, type Pass, readPass } from "./pass.ts";
import { joinTabs, type TabMessage } from "./tab-channel.ts";

export interface KeeperOptions {
  /** Where the issuer gives a pass for the session cookie. @default "/api/auth/gatepass/token" */
  tokenUrl?: string | URL | undefined;
  /**
   * Whose pages this tab shows; undefined while nobody is signed in.
   *
   * @default the user of the first pass, until `clear()` or a sign-in in this tab
   */
  userId?: (() => string | undefined) | undefined;
  /** The session is over, here or in another tab. Called once for each session. */
  onSessionOver?: ((reason: EndReason) => void) | undefined;
  /** The session is another user's now than the one whose pages this tab shows. */
  onOtherUser?: ((userId: string) => void) | undefined;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined;
  /** null: none. @default navigator.locks */
  locks?: Pick<LockManager, "request"> | null | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  now?: (() => number) | undefined;
}

export type PassKeeper = ReturnType<typeof createKeeper>;

/** Milliseconds that a pass which still counts is used, at least, after the issuer failed. */
const PAUSE = 5_000;

/**
 * Keeps the pass: in memory, and with at most one request for a fresh one at a time, in this tab
 * and in all tabs of the browser together. Within the tab the requests share one promise; one tab
 * asks and hands the pass over to the others. A pass of another user is never taken.
 */
export function createKeeper(options: KeeperOptions) {
  const { tokenUrl = "/api/auth/gatepass/token", onSessionOver, onOtherUser } = options;
  const now = options.now ?? Date.now;
  const fetchOnce = options.fetch ?? ((input, init) => fetch(input, init));
  const locks = options.locks === undefined ? globalThis.navigator?.locks : options.locks;
  const name = `gatepass ${new URL(tokenUrl, globalThis.location?.href)}`;

  let current: Pass | undefined;
  let first: string | undefined;
  let over: EndReason | undefined;
  let signingOut = false;
  /** The end that was noticed while signing out, unless there is a newer pass. */
  let noticed: EndReason | undefined;
  /** Dropped with the pass: what was asked for before counts for nothing after. */
  let renewal: Promise<string> | undefined;
  const userId = options.userId ?? (() => first);
  const tabs = joinTabs(name, now, hear);
  const turns = createTurns({ name, locks, tell: (type) => tabs.send({ type }) });

  function hear(message: TabMessage): void {
    const owner = userId();
    if (message.type === "over") {
      if (message.userId === owner) end(message.reason);
    } else if (message.type !== "pass") turns.heard(message.type);
    else if (isOwn(message.pass)) {
      // Who shows nobody's pages, or whose session is over, takes it only when asking anyway.
      if (renewal || (owner && !over)) keep(message.pass);
    }
    // Another user signed in there, it seems. The issuer's word counts.
    else void renew(current?.token).catch(() => {});
  }

  function keep(pass: Pass): void {
    current = pass;
    first = pass.userId;
    over = undefined;
    noticed = undefined;
    turns.wake();
  }

  function share(pass: Pass): void {
    keep(pass);
    tabs.send({ type: "pass", pass });
  }

  function forget(): void {
    current = undefined;
    first = undefined;
    renewal = undefined;
  }

  function end(reason: EndReason, tell = false): void {
    const owner = userId();
    if (signingOut) {
      noticed = reason;
      return;
    }
    forget();
    if (over) return;
    over = reason;
    if (tell && owner) tabs.send({ type: "over", userId: owner, reason });
    onSessionOver?.(reason);
  }

  /** Whether it is of the user whose pages this tab shows, if of anybody. */
  const isOwn = (pass: Pass) => (userId() ?? pass.userId) === pass.userId;
  const userOf = (token: unknown) => readPass(token, 0)?.userId;

  /** The pass in hand: good until `staleAt`, or also when it is only `endsAt` that is not reached. */
  function held(until: "staleAt" | "endsAt", refused?: string): string | undefined {
    if (!current || current.token === refused || !isOwn(current)) return undefined;
    const left = current[until] - now();
    // A clock that was ahead and has been put right would leave it more than it may live.
    return left > 0 && left <= DAY ? current.token : undefined;
  }

  function renew(refused?: string): Promise<string> {
    if (renewal) return renewal;
    const have = () => held("staleAt", refused);
    const isForgotten = () => renewal !== mine;
    const mine: Promise<string> = turns
      .take(have, () => ask(isForgotten, refused))
      .then((token) => {
        if (isForgotten()) throw new SessionOver(over ?? "expired");
        return token;
      })
      .finally(() => {
        if (!isForgotten()) renewal = undefined;
      });
    renewal = mine;
    return mine;
  }

  async function ask(isForgotten: () => boolean, refused?: string): Promise<string> {
    const before = current;
    const answer = await askIssuer(fetchOnce, tokenUrl, now).catch((error: unknown) => error);
    if (isForgotten()) throw new SessionOver(over ?? "expired");
    // Meanwhile there was a sign-in: the answer may be about the session before.
    const newer = current !== before && held("staleAt", refused);
    if (newer) return newer;
    if (answer instanceof Error) {
      if (answer instanceof SessionOver) end(answer.reason, true);
      if (!(answer instanceof IssuerError && current && held("endsAt", refused))) throw answer;
      const pause = Math.max(PAUSE, (answer.retryAfter ?? 0) * 1000);
      current.staleAt = Math.min(current.endsAt, now() + pause);
      return current.token;
    }
    const pass = answer as Pass;
    if (!isOwn(pass)) {
      onOtherUser?.(pass.userId);
      throw new SessionOver("expired");
    }
    share(pass);
    return pass.token;
  }

  function adopt(source: string | { headers: Pick<Headers, "get"> }): void {
    const token = typeof source === "string" ? source : source.headers.get("set-auth-jwt");
    const pass = readPass(token, now());
    if (pass) share(pass);
  }

  return {
    /**
     * The pass in hand or a fresh one; given the one that the API refused, another than that. It is
     * of the same user: what one has begun never goes on with the pass of the next.
     *
     * @throws {SessionOver | IssuerError}
     */
    async token(refused?: string): Promise<string> {
      const owner = userOf(refused) ?? userId();
      const token = held("staleAt", refused) ?? (await renew(refused));
      if (owner && userOf(token) !== owner) throw new SessionOver("expired");
      return token;
    },
    /**
     * Asks the issuer even if the pass in hand is good: is the session still there, and whose?
     *
     * @throws {SessionOver | IssuerError}
     */
    async check(): Promise<void> {
      await renew(current?.token);
    },
    /**
     * Takes the pass that came with a sign-in in this tab, out of the answer's `set-auth-jwt`.
     * What has none is left alone.
     */
    adopt,
    /**
     * Sends what gives this browser another session, such as a changed password, and takes the pass
     * that comes with the answer. No tab asks for one meanwhile, for ten seconds at most: with the
     * cookie of before it would be told that the session is over.
     */
    replaceSession<T extends { headers: Pick<Headers, "get"> }>(
      request: () => Promise<T>,
    ): Promise<T> {
      const send = async () => {
        const answer = await request();
        adopt(answer);
        return answer;
      };
      return turns.take<T>(() => undefined, send);
    },
    /** Milliseconds until the pass in hand should be replaced; 0 if there is none. */
    freshFor: (): number => (held("staleAt") && current ? current.staleAt - now() : 0),
    /** The page has learnt by itself that the session is over: so it is in every tab. */
    end: (reason: EndReason): void => end(reason, true),
    /**
     * Signs out by `request`. What that does to the session is no surprise to this tab; once it
     * has worked, the session is over in every tab, this one included. If it fails, only what was
     * noticed meanwhile is.
     */
    async signOut<T>(request: () => Promise<T>): Promise<T> {
      signingOut = true;
      try {
        const answer = await request();
        noticed = "signed-out";
        return answer;
      } finally {
        signingOut = false;
        if (noticed) end(noticed, true);
      }
    },
    /** Forgets the pass, and whose it was. */
    clear: forget,
    /** Leaves the other tabs: this one is alone from then on. */
    close: (): void => tabs.close(),
  };
}
