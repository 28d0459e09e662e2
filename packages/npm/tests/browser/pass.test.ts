import { describe, expect, it } from "vitest";
import { IssuerError, SessionOver } from "../../src/browser/index.ts";
import { issuer, passFor, pause } from "./network.ts";
import { tab } from "./tab.ts";

describe("within a tab", () => {
  it("asks once for all who need a pass at the same time", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    const passes = await Promise.all([pass.token(), pass.token(), pass.token("an older one")]);
    expect(site.asked).toBe(1);
    expect(new Set(passes).size).toBe(1);
  });

  it("asks nobody while the pass in hand is good", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    await pass.token();
    await pass.token();
    expect(site.asked).toBe(1);
  });

  it("does not ask again when another request has already renewed the refused pass", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    const refused = await pass.token();
    const renewed = await pass.token(refused);
    expect(await pass.token(refused)).toBe(renewed);
    expect(site.asked).toBe(2);
  });

  it("takes the pass that came with the sign-in", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    pass.adopt(passFor("ada"));
    expect(await pass.token()).toBe(passFor("ada"));
    expect(site.asked).toBe(0);
  });

  it("takes it out of the answer's header, and no harm from an answer without one", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    pass.adopt(new Response(null, { headers: { "set-auth-jwt": passFor("ada") } }));
    pass.adopt(new Response());
    pass.adopt("Bearer nonsense");
    expect(await pass.token()).toBe(passFor("ada"));
    expect(site.asked).toBe(0);
  });

  it("does not use a pass of another user than the page's", async () => {
    const site = await issuer("ada");
    const { pass } = tab(site.url);
    pass.adopt(passFor("bob"));
    expect(await pass.token()).toBe(passFor("ada", { serial: 1 }));
    expect(site.asked).toBe(1);
  });

  it("forgets the pass when told to", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    await pass.token();
    pass.clear();
    expect(pass.freshFor()).toBe(0);
    await pass.token();
    expect(site.asked).toBe(2);
  });

  it("an answer that was overtaken by a sign-in counts for nothing", async () => {
    const site = await issuer("ada");
    site.instead.push({ status: 401 });
    const { pass, ends } = tab(site.url, "ada");
    const asked = pass.token();
    pass.adopt(passFor("ada", { serial: 9 }));
    expect(await asked).toBe(passFor("ada", { serial: 9 }));
    expect(ends).toEqual([]);
  });
});

describe("time", () => {
  it("renews before the end: a fifth of a short life early, a minute of a long one", async () => {
    let now = 5_000_000;
    const { pass } = tab("http://site.test/token", "ada", { now: () => now });
    pass.adopt(passFor("ada", { lifetime: 100 }));
    expect(pass.freshFor()).toBe(80_000);
    pass.adopt(passFor("ada", { lifetime: 3600 }));
    expect(pass.freshFor()).toBe(3_540_000);
    now += 3_540_000;
    expect(pass.freshFor()).toBe(0);
  });

  it.each([
    ["behind", -86_400],
    ["ahead", 86_400],
  ])("a server whose clock is a day %s changes nothing", async (_, skew) => {
    const site = await issuer();
    const { pass } = tab(site.url);
    pass.adopt(passFor("ada", { iat: Math.floor(Date.now() / 1000) + skew }));
    expect(pass.freshFor()).toBeGreaterThan(3_500_000);
    await pass.token();
    expect(site.asked).toBe(0);
  });

  it("a clock that was a month ahead and is put right leaves no pass that lasts a month", async () => {
    let now = Date.now() + 30 * 86_400_000;
    const site = await issuer();
    const { pass } = tab(site.url, "ada", { now: () => now });
    pass.adopt(passFor("ada"));
    now = Date.now();
    expect(pass.freshFor()).toBe(0);
    expect(await pass.token()).toBe(passFor("ada", { serial: 1 }));
    expect(pass.freshFor()).toBeLessThanOrEqual(3_540_000);
  });

  it("a pass of the longest life is good from the first moment on", () => {
    const { pass } = tab("http://site.test/token", "ada", { now: () => 5_000_000 });
    pass.adopt(passFor("ada", { lifetime: 86_400 }));
    expect(pass.freshFor()).toBe(86_340_000);
  });

  it("while the issuer is away a pass serves until its end, and it is asked now and then", async () => {
    let now = 5_000_000;
    const site = await issuer();
    const { pass } = tab(site.url, "ada", { now: () => now });
    pass.adopt(passFor("ada", { lifetime: 100 }));
    now += 85_000;
    site.instead.push({ status: 503 }, { status: 503 }, "none");
    expect(await pass.token()).toBe(passFor("ada", { lifetime: 100 }));
    expect(await pass.token()).toBe(passFor("ada", { lifetime: 100 }));
    expect(site.asked).toBe(1);
    await expect(pass.token(passFor("ada", { lifetime: 100 }))).rejects.toThrow(IssuerError);
    now += 15_000;
    await expect(pass.token()).rejects.toThrow(IssuerError);
    expect(await pass.token()).toBe(passFor("ada", { serial: 3 }));
  });

  it("and no sooner than it wishes", async () => {
    let now = 5_000_000;
    const site = await issuer();
    const { pass } = tab(site.url, "ada", { now: () => now });
    pass.adopt(passFor("ada", { lifetime: 600 }));
    now += 550_000;
    site.instead.push({ status: 503, headers: { "Retry-After": "30" } });
    await pass.token();
    now += 29_000;
    await pass.token();
    expect(site.asked).toBe(1);
    now += 1_000;
    expect(await pass.token()).toBe(passFor("ada", { serial: 2 }));
  });
});

describe("across tabs", () => {
  it("lets one tab ask and hands the pass over to the others", async () => {
    const site = await issuer();
    const tabs = [tab(site.url), tab(site.url), tab(site.url)];
    const passes = await Promise.all(tabs.map(({ pass }) => pass.token()));
    expect(site.asked).toBe(1);
    expect(new Set(passes).size).toBe(1);
  });

  it("never takes the pass of another user", async () => {
    const site = await issuer("ada");
    const ada = tab(site.url, "ada");
    const bob = tab(site.url, "bob");
    await ada.pass.token();
    await pause(50);
    expect(bob.pass.freshFor()).toBe(0);
  });

  it("keeps its own pass when another user's is handed over", async () => {
    const site = await issuer("ada");
    const ada = tab(site.url, "ada");
    const bob = tab(site.url, "bob");
    bob.pass.adopt(passFor("bob"));
    await ada.pass.token();
    await pause(50);
    expect(await bob.pass.token()).toBe(passFor("bob"));
  });

  it("reports another user in the session and gives the request no pass", async () => {
    const site = await issuer("bob");
    const { pass, others, ends } = tab(site.url, "ada");
    await expect(pass.token()).rejects.toThrow(SessionOver);
    expect(others).toEqual(["bob"]);
    expect(ends).toEqual([]);
  });
});

describe("no pass", () => {
  it.each([
    [401, { code: "UNAUTHORIZED" }, "expired"],
    [401, { code: "ACCOUNT_DEACTIVATED" }, "deactivated"],
  ])("%i ends the session: %j", async (status, body, reason) => {
    const site = await issuer();
    site.instead.push({ status, body }, { status, body });
    const { pass, ends } = tab(site.url);
    await expect(pass.token()).rejects.toMatchObject({ name: "SessionOver", reason });
    await expect(pass.token()).rejects.toMatchObject({ name: "SessionOver", reason });
    expect(ends, "said once").toEqual([reason]);
  });

  it.each([
    ["a firewall that says 403", { status: 403 }],
    ["a database that is away", { status: 503, headers: { "Retry-After": "2" } }],
    ["a portal that says hello", { status: 200, body: "<h1>Welcome</h1>" }],
    ["a token that is none", { status: 200, body: { token: "x.y.z" } }],
    ["a token without an end", { status: 200, body: { token: passFor("ada", { lifetime: 0 }) } }],
    [
      "a token that lives a week",
      { status: 200, body: { token: passFor("ada", { lifetime: 7 * 86_400 }) } },
    ],
    ["a redirect", { status: 302, headers: { Location: "/login" } }],
  ])("%s does not end the session", async (_, answer) => {
    const site = await issuer();
    site.instead.push(answer);
    const { pass, ends } = tab(site.url);
    const failure = await pass.token().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IssuerError);
    if (answer.status !== 302)
      expect((failure as IssuerError).response?.status).toBe(answer.status);
    expect(ends).toEqual([]);
  });

  it("no answer does not end the session, and the next request asks again", async () => {
    const site = await issuer();
    site.instead.push("none");
    const { pass } = tab(site.url);
    await expect(pass.token()).rejects.toMatchObject({ name: "IssuerError", response: undefined });
    await pass.token();
    expect(site.asked).toBe(1);
  });
});
