import { createEmailVerificationToken } from "better-auth/api";
import { expect, test } from "vitest";
import { TOKEN_HEADER } from "../src/server/index.ts";
import { createSite, SECRET } from "./site.ts";

const EMAIL = "ada@example.com";

async function verifying() {
  const site = await createSite({}, { emailVerification: { autoSignInAfterVerification: true } });
  const pass = (await site.signUp(EMAIL)).headers.get(TOKEN_HEADER) ?? "";
  const verified = async () =>
    (await site.context.internalAdapter.findUserByEmail(EMAIL))?.user.emailVerified;
  return { pass, verified, ask: (token: string) => site.get(`/verify-email?token=${token}`) };
}

test("a token is no link of a verification mail: it verifies nothing and begins no session", async () => {
  const { pass, verified, ask } = await verifying();
  const answer = await ask(pass);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: "INVALID_TOKEN" });
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await verified()).toBe(false);
});

test("the link of a verification mail goes on working", async () => {
  const { verified, ask } = await verifying();
  expect((await ask(await createEmailVerificationToken(SECRET, EMAIL))).status).toBe(200);
  expect(await verified()).toBe(true);
});

test.each(["", "x", "a.b.c"])("%j is left to Better Auth", async (token) => {
  const { verified, ask } = await verifying();
  expect((await ask(token)).status).toBe(401);
  expect(await verified()).toBe(false);
});
