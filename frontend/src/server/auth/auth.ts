import { type BetterAuthOptions, betterAuth } from "better-auth";
import { isAPIError } from "better-auth/api";
import { gatepass } from "gatepass/server";
import { MAX_PASSWORD, MIN_PASSWORD } from "../../password.ts";
import { CLIENT_ADDRESS_HEADER } from "../config/client-address.ts";
import { type Config, readConfig } from "../config/config.ts";
import { log } from "../http/log.ts";
import { accountRules } from "./account-rules.ts";
import { openDatabase } from "./database.ts";
import { deactivation, isActive } from "./deactivation.ts";
import { offeredEndpoints } from "./offered-endpoints.ts";
import { sessionRotation } from "./session-rotation.ts";
import { tasksFirst } from "./tasks-first.ts";

/** Better Auth as this application uses it. Rate limits stand in every mode. */
export function createAuth(config: Config, database: ReturnType<typeof openDatabase>) {
  return betterAuth({
    database,
    baseURL: config.baseUrl,
    ...(config.secrets.secret && { secret: config.secrets.secret }),
    ...(config.secrets.ring && { secrets: config.secrets.ring }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
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
      // It checks the password like a sign-in, so guesses are counted like there.
      customRules: { "/delete-user": { window: 10, max: 3 } },
    },
    advanced: {
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      // On whatever NODE_ENV says; Better Auth leaves the check out when it is "test".
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    telemetry: { enabled: false },
    logger: {
      level: "warn",
      log: (level, message, ...details) => {
        log[level]("better_auth", { message, ...(details.length > 0 && { details }) });
      },
    },
    onAPIError: { onError: logError },
    plugins: [
      offeredEndpoints(),
      sessionRotation(),
      accountRules(),
      tasksFirst(config.apiInternalUrl),
      deactivation({ sessionExpiresIn: config.sessionExpiresIn }),
      gatepass({ expiresIn: config.jwtExpiresIn, isActive }),
    ],
  } satisfies BetterAuthOptions);
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

let auth: Auth | undefined;

/** The one of this process, made at the first call: a build needs neither secret nor database. */
export function getAuth(): Auth {
  if (!auth) {
    const config = readConfig();
    auth = createAuth(config, openDatabase(config.authDatabase));
  }
  return auth;
}

/**
 * Answers a request to `/api/auth/*`. Better Auth counts it for the rate limit before anything
 * else; when the database cannot do even that, the answer is a 503, not an ended session.
 */
export async function handleAuth(
  request: Request,
  auth: Pick<Auth, "handler"> = getAuth(),
): Promise<Response> {
  try {
    return await auth.handler(request);
  } catch (error) {
    log.error("auth_unavailable", { error });
    return Response.json(
      { code: "SERVICE_UNAVAILABLE", message: "The service is briefly unavailable. Try again." },
      { status: 503, headers: { "Retry-After": "2", "Cache-Control": "no-store" } },
    );
  }
}
