import { expect, test } from "vitest";
import { mintToken } from "../src/server/index.ts";
import { cookiesOf, createSite, opened } from "./site.ts";

test("mintToken(auth, headers) gives the user's token, once for the same headers", async () => {
  const site = await createSite();
  const headers = new Headers({ Cookie: cookiesOf(await site.signUp("ada@example.com")) });
  const first = await mintToken(site.auth, headers);
  expect((await opened(first)).claims.email).toBe("ada@example.com");
  site.database.close();
  expect(await mintToken(site.auth, headers)).toBe(first);
  await expect(mintToken(site.auth, new Headers(headers))).rejects.toMatchObject({
    statusCode: 503,
  });
});

test("two issuers with the same headers each give their own", async () => {
  const [one, two] = [await createSite(), await createSite()];
  const headers = new Headers({ Cookie: cookiesOf(await one.signUp("ada@example.com")) });
  expect((await opened(await mintToken(one.auth, headers))).claims.email).toBe("ada@example.com");
  await expect(mintToken(two.auth, headers)).rejects.toMatchObject({ statusCode: 401 });
});

test("it does not prolong the session: a page cannot set the cookie", async () => {
  const site = await createSite();
  const headers = new Headers({ Cookie: cookiesOf(await site.signUp("ada@example.com")) });
  const old = new Date(Date.now() + 2 * 86_400_000).toISOString();
  site.database.exec(`UPDATE session SET expiresAt = '${old}'`);
  await mintToken(site.auth, headers);
  const row = site.database.prepare("SELECT expiresAt FROM session").get();
  expect(row).toEqual({ expiresAt: old });
});

test("without a session it says so", async () => {
  const site = await createSite();
  await expect(mintToken(site.auth, new Headers())).rejects.toMatchObject({ statusCode: 401 });
});
