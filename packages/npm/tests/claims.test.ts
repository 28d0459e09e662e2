import { describe, expect, test } from "vitest";
import { gatepass } from "../src/server/index.ts";
import type { GatepassOptions } from "../src/server/options.ts";
import { cookiesOf, createSite, opened, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

/** The claims of both roads to a token: the header of the sign-up, and the endpoint. */
async function claimsOf(options: GatepassOptions) {
  const site = await createSite(options);
  const signUp = await site.signUp(EMAIL);
  const { token } = await (await site.get("/gatepass/token", cookiesOf(signUp))).json();
  const both = [signUp.headers.get("set-auth-jwt") ?? "", token];
  return (await Promise.all(both.map((token) => opened(token)))).map(({ claims }) => claims);
}

describe("claims of one's own", () => {
  test("are in both roads' tokens, and are asked with user and session", async () => {
    for (const claims of await claimsOf({
      claims: async (user, session) => ({ name: user.name, own: session.userId === user.id }),
    }))
      expect(claims).toMatchObject({ email: EMAIL, name: "Ada", own: true });
  });

  test("are read afresh at each issue", async () => {
    const site = await createSite({ claims: (user) => ({ name: user.name }) });
    const cookie = cookiesOf(await site.signUp(EMAIL));
    site.database.exec("UPDATE user SET name = 'Countess'");
    const { token } = await (await site.get("/gatepass/token", cookie)).json();
    expect((await opened(token)).claims.name).toBe("Countess");
  });

  test("change nothing that a verifier looks at", async () => {
    const theirs = { sub: "x", email: "x", iat: 1, exp: 9e9, nbf: 9e9, aud: "x", role: "kept" };
    for (const claims of await claimsOf({ claims: () => theirs as object })) {
      expect(Object.keys(claims)).toEqual(["sub", "email", "iat", "exp", "role"]);
      expect(claims).toMatchObject({ email: EMAIL, role: "kept" });
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
      expect(claims.sub).not.toBe("x");
    }
  });

  test.each([
    [2048, `${"é".repeat(1018)}x`, 200],
    [2049, "é".repeat(1019), 500],
  ])("of %i bytes: 2048 are the most", async (bytes, text, status) => {
    expect(Buffer.byteLength(JSON.stringify({ text }))).toBe(bytes);
    const site = await createSite({ claims: () => ({ text }) });
    const signUp = await site.signUp(EMAIL);
    expect(signUp.status, "the account is there all the same").toBe(200);
    expect(signUp.headers.has("set-auth-jwt")).toBe(status === 200);
    expect((await site.get("/gatepass/token", cookiesOf(signUp))).status).toBe(status);
  });

  test("that fail cost the header, not the sign-in, and say so in the log", async () => {
    const site: Site = await createSite({
      claims: () => {
        throw new Error("no such column");
      },
    });
    const signUp = await site.signUp(EMAIL);
    expect(signUp.status).toBe(200);
    expect(signUp.headers.has("set-auth-jwt")).toBe(false);
    expect(site.warnings.join()).toContain("gatepass: no token could be issued");
    expect((await site.get("/gatepass/token", cookiesOf(signUp))).status).toBe(500);
  });

  test("are typed", () => {
    gatepass<{ role: string }>({ claims: (user) => ({ role: String(user.role) }) });
    // @ts-expect-error the role is a text
    gatepass<{ role: string }>({ claims: () => ({ role: 7 }) });
    // @ts-expect-error the subject is not the application's to say
    gatepass({ claims: () => ({ sub: "somebody" }) });
  });
});

describe("audience", () => {
  test("is the claim aud", async () => {
    for (const claims of await claimsOf({ audience: "tasks", claims: () => ({ a: 1 }) }))
      expect(Object.entries(claims).slice(4)).toEqual([
        ["aud", "tasks"],
        ["a", 1],
      ]);
  });

  test("is not there unless it is set", async () => {
    for (const claims of await claimsOf({})) expect(claims).not.toHaveProperty("aud");
  });

  test.each(["", 7, ["a"], null])("%j is refused", (audience) => {
    expect(() => gatepass({ audience: audience as string })).toThrow(
      "gatepass: audience must be a text that names a service.",
    );
  });
});
