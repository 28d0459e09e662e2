import { type BetterAuthOptions, betterAuth } from "better-auth";
import { isAPIError } from "better-auth/api";
import { gatepass } from "gatepass/server";
import { MAX_PASSWORD, MIN_PASSWORD } from "../../account-limits.ts";
import { CLIENT_ADDRESS_HEADER } from "../config/client-address.ts";
import { type Config, readConfig } from "../config/config.ts";
import { cookiePrefix } from "../config/cookie-prefix.ts";
import { log } from "../http/log.ts";
import { perProcess } from "../http/per-process.ts";
import { accountDeletion } from "./account-deletion.ts";
import { accountRules, NEEDS_PASSWORD } from "./account-rules.ts";
import { remembering } from "./closed-endpoints.ts";
import { type Database, openDatabase } from "./database.ts";
import { deactivation, isActive } from "./deactivation.ts";
import { guessLimit } from "./guess-limit.ts";
import { offeredEndpoints } from "./offered-endpoints.ts";
import { hashPassword, verifyPassword } from "./password-hash.ts";
import { createCounters } from "./rate-limit-counters.ts";
import { securityLog } from "./security-log.ts";
import { sessionRotation } from "./session-rotation.ts";
import { sessionRules } from "./session-rules.ts";

/** Better Auth as this application uses it. Rate limits stand in every mode. */
export function createAuth(config: Config, database: Database) {
  const counters = createCounters(database.db);
  return betterAuth({
    database,
    baseURL: config.baseUrl,
    // Always named: beside a ring Better Auth would take `AUTH_SECRET` of the environment, which
    // nobody has looked at, for a former secret.
    secret: config.secrets.secret ?? config.secrets.ring?.[0]?.value ?? "",
    ...(config.secrets.ring && { secrets: config.secrets.ring }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: {
      expiresIn: config.sessionExpiresIn,
      // The list of sessions stays readable in an old session; deleting asks for the password.
      freshAge: 0,
    },
    user: { deleteUser: { enabled: true } },
    // In the database, so that several copies of this server count together.
    rateLimit: {
      enabled: true,
      storage: "database",
      customStorage: { consume: remembering(counters) },
      // These check the password like a sign-in, so guesses are counted like there.
      customRules: Object.fromEntries(
        [...NEEDS_PASSWORD].map((path) => [path, { window: 10, max: 3 }]),
      ),
    },
    advanced: {
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER], ipv6Subnet: 48 },
      ...cookieOptions(config.baseUrl),
      // On whatever NODE_ENV says; Better Auth leaves the check out when it is "test".
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    telemetry: { enabled: false },
    logger: {
      level: "warn",
      // It makes an error of many a stranger's input; of a fault of ours `logError` tells.
      log: (_level, message, ...details) => {
        log.warn("better_auth", { message, ...(details.length > 0 && { details }) });
      },
    },
    onAPIError: { onError: logError },
    plugins: [
      offeredEndpoints(),
      sessionRotation(),
      securityLog(),
      guessLimit(counters),
      accountRules(),
      accountDeletion(config.apiInternalUrl),
      deactivation(),
      sessionRules({ expiresIn: config.sessionExpiresIn, maxAge: config.sessionMaxAge }),
      gatepass({ expiresIn: config.jwtExpiresIn, isActive }),
    ],
  } satisfies BetterAuthOptions);
}

/**
 * With https a cookie is bound to this host and nobody beside it can set it (RFC 6265bis, section
 * 4.1.3.2). Better Auth itself knows the weaker prefix `__Secure-` only.
 */
function cookieOptions(baseUrl: string): BetterAuthOptions["advanced"] {
  if (!baseUrl.startsWith("https:")) return {};
  return {
    useSecureCookies: false,
    cookiePrefix: cookiePrefix(baseUrl),
    defaultCookieAttributes: { secure: true },
  };
}

/** A refusal is the caller's business, a fault is ours. */
function logError(error: unknown): void {
  if (isAPIError(error) && error.statusCode < 500) {
    log.debug("auth_refused", { status: error.statusCode, code: error.body?.code });
  } else {
    log.error("auth_failed", { error });
  }
}

export type Auth = ReturnType<typeof createAuth>;

/** The one of this process, made at the first call: a build needs neither secret nor database. */
export const getAuth = (): Auth =>
  perProcess("auth", () => {
    const config = readConfig();
    const { authDatabase, connections } = config;
    return createAuth(config, openDatabase(authDatabase, { connections }));
  });
