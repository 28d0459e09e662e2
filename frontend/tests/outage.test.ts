import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuth } from "../src/server/auth/auth.ts";
import { describeSqlite } from "../src/server/auth/database.ts";
import { handleAuth } from "../src/server/auth/handler.ts";
import { believing, DatabaseUnavailable } from "../src/server/auth/outage.ts";
import { readConfig } from "../src/server/config/config.ts";
import { cookiesOf, createSite, ORIGIN, PASSWORD, SECRET } from "./site.ts";

/** A real database whose connection is lost for one statement: the one with this number. */
function failingAt(database: DatabaseSync, number: number) {
  let asked = 0;
  const flaky = new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "prepare" && ++asked === number) {
          throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "08006" });
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { database: describeSqlite(flaky), failed: () => asked >= number };
}

const REQUESTS: [path: string, body?: Record<string, unknown>][] = [
  ["/gatepass/token"],
  ["/get-session"],
  ["/list-sessions"],
  ["/sign-out", {}],
  ["/sign-in/email", { email: "ada@example.com", password: PASSWORD }],
  ["/update-user", { name: "Ada King" }],
  ["/change-password", { currentPassword: PASSWORD, newPassword: "another long password" }],
  ["/revoke-other-sessions", { password: PASSWORD }],
  ["/delete-user", { password: "not the password" }],
];

describe("a connection that is lost at any statement is a 503 and touches no cookie", () => {
  test.each(REQUESTS)("%s", { timeout: 120_000 }, async (path, body) => {
    const directory = mkdtempSync(join(tmpdir(), "outage-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const site = await createSite();
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const config = readConfig({ BETTER_AUTH_SECRET: SECRET });
    for (let number = 1; number < 40; number++) {
      const copy = join(directory, `${number}.sqlite`);
      site.database.exec(`DELETE FROM rateLimit; VACUUM INTO '${copy}'`);
      const { database, failed } = failingAt(new DatabaseSync(copy), number);
      const auth = createAuth(config, database);
      await auth.$context;
      const headers = { Cookie: cookie, Origin: ORIGIN, "Content-Type": "application/json" };
      const init = body && { method: "POST", body: JSON.stringify(body) };
      const request = new Request(`${ORIGIN}/api/auth${path}`, { headers, ...init });
      const response = await handleAuth(request, auth);
      if (!failed()) {
        expect(number).toBeGreaterThan(1);
        return;
      }
      expect(response.status, `statement ${number}`).toBe(503);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get("retry-after")).toBe("2");
      expect(await response.json()).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        status_code: 503,
        error_type: "service_unavailable_error",
        detail: expect.any(String),
      });
    }
  });
});

describe("what a page asks", () => {
  test("is not believed while the database fails, though Better Auth says nobody is there", async () => {
    const site = await createSite();
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const { database } = failingAt(site.database, 1);
    const { api } = createAuth(readConfig({ BETTER_AUTH_SECRET: SECRET }), database);
    const asked = believing(() => api.listSessions({ headers: new Headers({ Cookie: cookie }) }));
    await expect(asked).rejects.toThrow(DatabaseUnavailable);
  });

  test("is believed when values are refused: that is no outage", async () => {
    const { db } = describeSqlite(new DatabaseSync(":memory:"));
    await db.schema
      .createTable("t")
      .addColumn("a", "integer", (c) => c.primaryKey())
      .execute();
    const insert = () => db.insertInto("t").values({ a: 1 }).execute();
    await insert();
    await expect(believing(insert)).rejects.not.toThrow(DatabaseUnavailable);
  });
});
