import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx } from "better-auth/api";
import { CLIENT_ADDRESS_HEADER } from "../config/client-address.ts";
import { log } from "../http/log.ts";
import { metrics } from "../http/metrics.ts";
import { authScope } from "./auth-scope.ts";
import { accountKey } from "./guess-limit.ts";
import { at } from "./offered-endpoints.ts";

/** What is written down of whoever is signed in, by the endpoint that does it (OWASP ASVS 5.0 16.3.1). */
const OF_SESSION = new Map([
  ["/sign-out", "sign_out"],
  ["/change-password", "password_change"],
  ["/delete-user", "account_deletion"],
  ["/revoke-session", "session_end"],
  ["/revoke-sessions", "session_end"],
  ["/revoke-other-sessions", "session_end"],
]);

const EVENTS = new Map([
  ...OF_SESSION,
  ["/sign-in/email", "sign_in"],
  ["/sign-up/email", "sign_up"],
  ["/gatepass/token", "renewal"],
]);

/**
 * Better Auth plugin: notes whom a request is about. Of an email there is a keyed hash, by which
 * lines about one account can be told from those about another, and nothing else.
 */
export const securityLog = () =>
  ({
    id: "security-log",
    hooks: {
      before: [
        {
          matcher: ({ body }) => typeof body?.email === "string",
          handler: createAuthMiddleware(async (ctx) => {
            const scope = authScope.getStore();
            if (scope) scope.account = accountKey(ctx.context.secret, ctx.body.email);
          }),
        },
        // Before the others may refuse: then nothing after the endpoint is run.
        at(OF_SESSION.keys(), async (ctx) => {
          const found = await getSessionFromCtx(ctx, { disableRefresh: true });
          note(found?.user);
        }),
      ],
      after: [
        at(EVENTS.keys(), async (ctx) => {
          note(ctx.context.newSession?.user ?? ctx.context.session?.user);
        }),
      ],
    },
  }) satisfies BetterAuthPlugin;

function note(user: { id: string } | undefined): void {
  const scope = authScope.getStore();
  if (scope && user) scope.user = user.id;
}

/**
 * Writes one line about an answer of Better Auth: what was tried, how it ended (a fault is ours), by
 * whom and from where; and counts it.
 */
export async function recordEvent(request: Request, path: string, answer: Response) {
  const event = answer.status === 429 ? "rate_limited" : EVENTS.get(path);
  if (!event) return;
  const { account, user } = authScope.getStore() ?? {};
  const outcome = answer.ok ? "success" : answer.status < 500 ? "failure" : "fault";
  metrics.count?.(event, outcome);
  // A renewal that succeeds is no news; the request's own line tells of it.
  if (event === "renewal" && answer.ok) return;
  log[answer.ok ? "info" : "warn"](event, {
    outcome,
    path,
    status: answer.status,
    code: await codeOf(answer),
    account,
    user,
    client: request.headers.get(CLIENT_ADDRESS_HEADER) ?? undefined,
  });
}

/** The same of a request that a closed endpoint has refused before Better Auth saw it. */
export function recordClosed(path: string, client: string): void {
  metrics.count?.("rate_limited", "failure");
  log.warn("rate_limited", { outcome: "failure", path, status: 429, client });
}

async function codeOf(answer: Response): Promise<unknown> {
  if (answer.ok) return undefined;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === "object" && body !== null ? Reflect.get(body, "code") : undefined;
}
