/** Beside Better Auth's own plugins: what a browser gets, and what it does not. */
import { createHmac } from "node:crypto";
import { anonymous, bearer, jwt, multiSession, organization, twoFactor } from "better-auth/plugins";
import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createPassClient } from "../src/browser/index.ts";
import { gatepass, TOKEN_HEADER } from "../src/server/index.ts";
import { cookiesOf, createSite, opened, PASSWORD, SECRET, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

async function tokenOf(site: Site, cookie: string) {
  const answer = await site.get("/gatepass/token", cookie);
  expect(answer.status).toBe(200);
  return opened((await answer.json()).token);
}

/** The values of a browser's cookie jar after another answer. */
function mergedCookies(before: string, answer: Response): string {
  const jar = new Map(
    [...before.split("; "), ...cookiesOf(answer).split("; ")].map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [name, value.join("=")];
    }),
  );
  return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
}

test("jwt(): its own tokens come with get-session only, and are not taken for passes", async () => {
  const site = await createSite({}, { plugins: [jwt()] });
  const signUp = await site.signUp(EMAIL);
  await opened(signUp.headers.get(TOKEN_HEADER) ?? "");
  const cookie = cookiesOf(signUp);
  await tokenOf(site, cookie);

  const session = await site.get("/get-session", cookie);
  const theirs = session.headers.get(TOKEN_HEADER) ?? "";
  expect(decodeProtectedHeader(theirs).alg).toBe("EdDSA");
  const pass = createPassClient({ api: "http://api.test", tokenUrl: "http://site.test/token" });
  pass.adopt(session);
  expect(pass.freshFor()).toBe(0);
  pass.adopt(signUp);
  expect(pass.freshFor()).toBeGreaterThan(0);
  pass.close();
});

test("jwt() without its header: nothing but passes", async () => {
  const site = await createSite({}, { plugins: [jwt({ disableSettingJwtHeader: true })] });
  const cookie = cookiesOf(await site.signUp(EMAIL));
  expect((await site.get("/get-session", cookie)).headers.has(TOKEN_HEADER)).toBe(false);
});

test("bearer(): the session token of a header gives a pass, a pass gives none", async () => {
  const site = await createSite({}, { plugins: [bearer()] });
  const signUp = await site.signUp(EMAIL);
  const ask = (token: string | null) =>
    site.auth.api.getGatepassToken({ headers: new Headers({ Authorization: `Bearer ${token}` }) });
  const { token } = await ask(signUp.headers.get("set-auth-token"));
  expect((await opened(token)).claims.email).toBe(EMAIL);
  await expect(ask(token)).rejects.toMatchObject({ statusCode: 401 });
});

test("organization(): the active one is a claim, from the session", async () => {
  const site = await createSite(
    { claims: (_, session) => ({ org: session.activeOrganizationId ?? null }) },
    { plugins: [organization()] },
  );
  const cookie = cookiesOf(await site.signUp(EMAIL));
  expect((await tokenOf(site, cookie)).claims.org).toBeNull();
  const made = await site.post("/organization/create", { name: "Royal", slug: "royal" }, cookie);
  const { id } = await made.json();
  expect((await tokenOf(site, cookie)).claims.org).toBe(id);
});

describe("twoFactor()", () => {
  async function withSecondFactor() {
    const site = await createSite({}, { plugins: [twoFactor()] });
    const cookie = cookiesOf(await site.signUp(EMAIL));
    const enabled = await site.post("/two-factor/enable", { password: PASSWORD }, cookie);
    const { totpURI } = await enabled.json();
    const secret = new URL(totpURI).searchParams.get("secret") ?? "";
    await site.post("/two-factor/verify-totp", { code: totp(secret) }, cookie);
    return { site, secret };
  }

  test("before the second factor there is no pass in the answer, and none to be had", async () => {
    const { site } = await withSecondFactor();
    const first = await site.signIn(EMAIL);
    expect(await first.json()).toMatchObject({ twoFactorRedirect: true });
    expect(first.headers.has(TOKEN_HEADER)).toBe(false);
    expect((await site.get("/gatepass/token", cookiesOf(first))).status).toBe(401);
  });

  test("with it there is", async () => {
    const { site, secret } = await withSecondFactor();
    const challenge = cookiesOf(await site.signIn(EMAIL));
    const second = await site.post("/two-factor/verify-totp", { code: totp(secret) }, challenge);
    expect(second.status).toBe(200);
    await opened(second.headers.get(TOKEN_HEADER) ?? "");
    await tokenOf(site, mergedCookies(challenge, second));
  });

  test("after gatepass() is refused at start-up", async () => {
    const { betterAuth } = await import("better-auth");
    const auth = betterAuth({
      secret: SECRET,
      logger: { disabled: true },
      plugins: [gatepass(), twoFactor()],
    });
    await expect(auth.$context).rejects.toThrow(
      "gatepass: put gatepass() after twoFactor() in plugins.",
    );
  });
});

test("multiSession(): switching the user brings a pass of that user", async () => {
  const site = await createSite({}, { plugins: [multiSession()] });
  const ada = await site.signUp(EMAIL);
  const adaToken = decodeURIComponent(/session_token=([^.;]+)/.exec(cookiesOf(ada))?.[1] ?? "");
  const body = { name: "Bob", email: "bob@example.com", password: PASSWORD };
  const both = mergedCookies(
    cookiesOf(ada),
    await site.post("/sign-up/email", body, cookiesOf(ada)),
  );
  expect((await tokenOf(site, both)).claims.email).toBe("bob@example.com");

  const back = await site.post("/multi-session/set-active", { sessionToken: adaToken }, both);
  expect(back.status).toBe(200);
  expect((await tokenOf(site, mergedCookies(both, back))).claims.email).toBe(EMAIL);
  const { claims } = await opened(back.headers.get(TOKEN_HEADER) ?? "");
  expect(claims.email).toBe(EMAIL);
});

test("anonymous(): a guest has a pass, and another one once they have an account", async () => {
  const site = await createSite({}, { plugins: [anonymous()] });
  const guest = await site.post("/sign-in/anonymous", {});
  const { claims } = await opened(guest.headers.get(TOKEN_HEADER) ?? "");
  expect((await tokenOf(site, cookiesOf(guest))).claims.sub).toBe(claims.sub);
  const body = { name: "Ada", email: EMAIL, password: PASSWORD };
  const account = await site.post("/sign-up/email", body, cookiesOf(guest));
  const after = await opened(account.headers.get(TOKEN_HEADER) ?? "");
  expect(after.claims.email).toBe(EMAIL);
  expect(after.claims.sub).not.toBe(claims.sub);
});

/** RFC 6238 with SHA-1, 30 s and six digits, as authenticator apps do it. */
function totp(secret: string): string {
  const bits = [...secret.replace(/=+$/, "")]
    .map((letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
    )
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
