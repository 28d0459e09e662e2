import { DatabaseSync } from "node:sqlite";
import { getMigrations } from "better-auth/db/migration";
import { createAuth } from "../src/server/auth/auth.ts";
import { describeSqlite } from "../src/server/auth/database.ts";
import { handleAuth } from "../src/server/auth/handler.ts";
import { CLIENT_ADDRESS_HEADER } from "../src/server/config/client-address.ts";
import { readConfig } from "../src/server/config/config.ts";

export const ORIGIN = "http://localhost:3000";
export const SECRET = "Zk3v8Qx1Lw9Rt5Yb7Nc2Mf4Hd6Js0Pa+";
export const PASSWORD = "a long enough password";

/** The application's real Better Auth on an SQLite database in memory. */
export async function createSite(
  variables: Record<string, string> = {},
  database = new DatabaseSync(":memory:"),
) {
  const config = readConfig({
    BETTER_AUTH_SECRET: SECRET,
    BETTER_AUTH_URL: ORIGIN,
    ...variables,
  });
  const auth = createAuth(config, describeSqlite(database));
  await (await getMigrations(auth.options)).runMigrations();

  let visitors = 0;
  /** Every request comes from another address, unless it names one: limits have their own test. */
  const send = (path: string, init: RequestInit = {}, client?: string) => {
    const headers = new Headers(init.headers);
    headers.set(CLIENT_ADDRESS_HEADER, client ?? `10.0.0.${++visitors}`);
    return handleAuth(new Request(`${ORIGIN}/api/auth${path}`, { ...init, headers }), auth);
  };
  const postText = (path: string, body: string, cookie = "", client?: string) =>
    send(
      path,
      {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: ORIGIN, Cookie: cookie },
        body,
      },
      client,
    );
  const post = (path: string, body: unknown, cookie = "", client?: string) =>
    postText(path, JSON.stringify(body), cookie, client);
  return {
    auth,
    database,
    send,
    post,
    postText,
    get: (path: string, cookie = "") => send(path, { headers: { Cookie: cookie } }),
    signUp: (email: string, password = PASSWORD, name = "Ada") =>
      post("/sign-up/email", { name, email, password }),
    signIn: (email: string, password = PASSWORD, rememberMe = true) =>
      post("/sign-in/email", { email, password, rememberMe }),
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
