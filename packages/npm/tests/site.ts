import { DatabaseSync } from "node:sqlite";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { type GatepassOptions, gatepass } from "../src/server/index.ts";

export const ORIGIN = "http://localhost:3000";
export const SECRET = "0f6d1c8b7a5e4938271605f4e3d2c1b0a9f8e7d6";
export const PASSWORD = "a long enough password";

/** A whole Better Auth on an SQLite database in memory, asked over its HTTP handler. */
export async function createSite(
  options: GatepassOptions = {},
  more: Partial<BetterAuthOptions> = {},
) {
  const { database = new DatabaseSync(":memory:") } = more as { database?: DatabaseSync };
  const warnings: string[] = [];
  const auth = betterAuth({
    database,
    baseURL: ORIGIN,
    secret: SECRET,
    emailAndPassword: { enabled: true },
    user: {
      deleteUser: { enabled: true },
      additionalFields: { deactivatedAt: { type: "date", required: false, input: false } },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "warn", log: (_level, message) => warnings.push(message) },
    ...more,
    plugins: [
      ...(more.plugins ?? []),
      gatepass({ isActive: (user) => !user.deactivatedAt, ...options }),
    ],
  } satisfies BetterAuthOptions);
  await (await getMigrations(auth.options)).runMigrations();

  const send = (path: string, init: RequestInit = {}) =>
    auth.handler(new Request(`${ORIGIN}/api/auth${path}`, init));
  const post = (path: string, body: unknown, cookie = "") =>
    send(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: ORIGIN, Cookie: cookie },
      body: JSON.stringify(body),
    });

  return {
    auth,
    database,
    warnings,
    post,
    get: (path: string, cookie = "") => send(path, { headers: { Cookie: cookie } }),
    signUp: (email: string) => post("/sign-up/email", { name: "Ada", email, password: PASSWORD }),
    signIn: (email: string, password = PASSWORD) => post("/sign-in/email", { email, password }),
    context: await auth.$context,
  };
}

export type Site = Awaited<ReturnType<typeof createSite>>;

/** What a browser would send back: the name=value pairs of every cookie set. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

/** Header and claims of a token whose signature is right and which was good when it was issued. */
export async function opened(token: string, secret = SECRET) {
  const claims = decodeJwt(token);
  const currentDate = new Date((claims.iat ?? 0) * 1000);
  await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"], currentDate });
  return { header: decodeProtectedHeader(token), claims };
}
