import { createHmac, randomUUID } from "node:crypto";
import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { createAuthMiddleware, getIP, sessionMiddleware } from "better-auth/api";
import { NEEDS_PASSWORD } from "./account-rules.ts";
import { authScope } from "./auth-scope.ts";
import { at, tooManyRequests } from "./offered-endpoints.ts";
import type { Counters, Quota } from "./rate-limit-counters.ts";
import { formerSecrets } from "./session-rotation.ts";

/** Wrong passwords for one account from browsers that it does not know, all together. */
const STRANGERS: Quota = { max: 30, window: 3600 };
/** The same from one browser that has been signed in to this account before, or is. */
const KNOWN_BROWSER: Quota = { max: 30, window: 3600 };
/** Accounts made from one address, or from one IPv6 network of 48 bits. */
const SIGN_UPS: Quota = { max: 100, window: 86_400 };

/** A browser stays known for a year after its last sign-in, or until it is closed like the session. */
const KNOWN_FOR = 365 * 86_400;

/** How the counter of an address that makes accounts begins. */
const SIGN_UP = "sign-up|";

const TRIES_PASSWORD = new Set(["/change-password", ...NEEDS_PASSWORD]);

/**
 * Better Auth plugin: counts tries of a password for each account, on top of its own limit for
 * each address, and accounts made for each address. The right password is not counted, nor what
 * makes no account, nor a fault of ours.
 *
 * A stranger who goes on guessing must not lock the owner out: a browser that has been signed in
 * carries a signed cookie and is counted for itself (OWASP, "Slow Down Online Guessing Attacks
 * with Device Cookies").
 */
export const guessLimit = (counters: Counters) => {
  const count = countWith(counters);
  return {
    id: "guess-limit",
    hooks: {
      before: [
        at(["/sign-in/email"], async (ctx) => {
          const account = accountKey(ctx.context.secret, ctx.body?.email);
          const browser = await knownBrowser(ctx, ctx.body?.email);
          if (browser) await count(`guess|${account}|${browser}`, KNOWN_BROWSER);
          else await count(`guess|${account}`, STRANGERS);
        }),
        {
          matcher: ({ path }) => path !== undefined && TRIES_PASSWORD.has(path),
          handler: createAuthMiddleware({ use: [sessionMiddleware] }, async (ctx) => {
            const { user, session } = ctx.context.session;
            if (!(ctx.body?.password || ctx.body?.currentPassword)) return;
            const account = accountKey(ctx.context.secret, user.email);
            // Each session for itself: whoever stole one keeps nobody from ending it.
            await count(`guess|${account}|${session.id}`, KNOWN_BROWSER);
          }),
        },
        at(["/sign-up/email"], async (ctx) => {
          const address = ctx.request && getIP(ctx.request, ctx.context.options);
          if (address) await count(SIGN_UP + address, SIGN_UPS);
        }),
      ],
      after: [
        at(["/sign-in/email", "/sign-up/email"], async (ctx) => {
          const email = ctx.context.newSession?.user.email;
          if (email) await rememberBrowser(ctx, email);
        }),
      ],
    },

    /** Not a hook: those are not run after a fault, nor after what another plugin refused. */
    async onResponse({ ok, status }) {
      const { counted, failure } = authScope.getStore() ?? {};
      if (!counted) return;
      const isWrong = status === 400 || status === 401;
      const counts = counted.startsWith(SIGN_UP) ? ok : isWrong;
      // What was said while the database failed is not believed (outage.ts).
      if (failure || !counts) await counters.refund(counted);
    },
  } satisfies BetterAuthPlugin;
};

type Context = GenericEndpointContext;

function countWith(counters: Counters) {
  return async (key: string, quota: Quota): Promise<void> => {
    const { allowed, retryAfter } = await counters.hit(key, quota);
    if (!allowed) throw tooManyRequests(retryAfter);
    const scope = authScope.getStore();
    if (scope) scope.counted = key;
  };
}

/** Names an account in a counter or a cookie without saying whose it is. */
export function accountKey(secret: string, email: unknown): string {
  const address = String(email).trim().toLowerCase();
  return createHmac("sha256", secret).update(`account:${address}`).digest("base64url");
}

const cookieOf = ({ context }: Context) =>
  context.createAuthCookie("browser", { maxAge: KNOWN_FOR });

/** What this browser is called if it has been signed in to the account, under whatever secret. */
async function knownBrowser(ctx: Context, email: unknown): Promise<string | undefined> {
  const { secret, secretConfig } = ctx.context;
  for (const signing of [secret, ...formerSecrets(secretConfig, secret)]) {
    const value = await ctx.getSignedCookie(cookieOf(ctx).name, signing);
    const [owner, browser] = (value || "").split(".");
    if (owner === accountKey(signing, email)) return browser;
  }
  return undefined;
}

async function rememberBrowser(ctx: Context, email: string): Promise<void> {
  const { secret } = ctx.context;
  const { name, attributes } = cookieOf(ctx);
  const { maxAge, ...untilClosed } = attributes;
  const browser = (await knownBrowser(ctx, email)) ?? randomUUID();
  await ctx.setSignedCookie(name, `${accountKey(secret, email)}.${browser}`, secret, {
    ...untilClosed,
    ...(ctx.body.rememberMe !== false && { maxAge }),
  });
}
