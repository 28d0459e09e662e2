import { HttpResponse, http } from "msw";
import { afterEach, describe, expect, it } from "vitest";
import { ApiError, NetworkError, SessionOver } from "../../src/api/errors";
import { createTabChannel, type TabChannel } from "../../src/session/tabs";
import { createPassKeeper } from "../../src/session/token";
import { network, passFor } from "./network";

const URL = "http://site.test/api/auth/gatepass/token";
const server = network();
const channels: TabChannel[] = [];
let name = 0;

afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
  name += 1;
});

function channelOfTab(): TabChannel {
  const channel = createTabChannel(`pass-test-${name}`);
  channels.push(channel);
  return channel;
}

type Options = Partial<Parameters<typeof createPassKeeper>[0]>;

function tab(user: string | undefined = "ada", options: Options = {}) {
  const others: string[] = [];
  const pass = createPassKeeper({
    userId: () => user,
    channel: channelOfTab(),
    onOtherUser: (id) => others.push(id),
    url: URL,
    ...options,
  });
  return { pass, others };
}

/** An issuer that counts how often it is asked; each pass is another one. */
function issuer(user = "ada", lifetime = 3600) {
  const asked = { times: 0 };
  server.use(
    http.get(URL, async () => {
      asked.times += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return HttpResponse.json({ token: passFor(user, { lifetime, serial: asked.times }) });
    }),
  );
  return asked;
}

describe("within a tab", () => {
  it("asks once for all who need a pass at the same time", async () => {
    const asked = issuer();
    const { pass } = tab();
    const passes = await Promise.all([pass.get(), pass.get(), pass.renew("an older one")]);
    expect(asked.times).toBe(1);
    expect(new Set(passes).size).toBe(1);
  });

  it("asks nobody while the pass in hand is good", async () => {
    const asked = issuer();
    const { pass } = tab();
    await pass.get();
    await pass.get();
    expect(asked.times).toBe(1);
  });

  it("does not ask again when another request has already renewed the refused pass", async () => {
    const asked = issuer();
    const { pass } = tab();
    const refused = await pass.get();
    const renewed = await pass.renew(refused);
    expect(await pass.renew(refused)).toBe(renewed);
    expect(asked.times).toBe(2);
  });

  it("takes the pass that came with the sign-in", async () => {
    const asked = issuer();
    const { pass } = tab();
    pass.adopt(passFor("ada"));
    expect(await pass.get()).toBe(passFor("ada"));
    expect(asked.times).toBe(0);
  });

  it("does not use a pass of another user than the page's", async () => {
    const asked = issuer("ada");
    const { pass } = tab("ada");
    pass.adopt(passFor("bob"));
    expect(await pass.get()).toBe(passFor("ada", { serial: 1 }));
    expect(asked.times).toBe(1);
  });

  it("forgets the pass when told to", async () => {
    const asked = issuer();
    const { pass } = tab();
    await pass.get();
    pass.clear();
    expect(pass.freshFor()).toBe(0);
    await pass.get();
    expect(asked.times).toBe(2);
  });
});

describe("time", () => {
  it("renews before the end: a fifth of a short life early, a minute of a long one", async () => {
    let now = 5_000_000;
    const { pass } = tab("ada", { now: () => now });
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
    const asked = issuer();
    const { pass } = tab();
    pass.adopt(passFor("ada", { iat: Math.floor(Date.now() / 1000) + skew }));
    expect(pass.freshFor()).toBeGreaterThan(3_500_000);
    await pass.get();
    expect(asked.times).toBe(0);
  });
});

describe("across tabs", () => {
  it("lets one tab ask and hands the pass over to the others", async () => {
    const asked = issuer();
    const tabs = [tab(), tab(), tab()];
    const passes = await Promise.all(tabs.map(({ pass }) => pass.get()));
    expect(asked.times).toBe(1);
    expect(new Set(passes).size).toBe(1);
  });

  it("never takes the pass of another user", async () => {
    const ada = tab("ada");
    const bob = tab("bob");
    issuer("ada");
    await ada.pass.get();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bob.pass.freshFor()).toBe(0);
  });

  it("keeps its own pass when another user's is handed over", async () => {
    const ada = tab("ada");
    const bob = tab("bob");
    bob.pass.adopt(passFor("bob"));
    issuer("ada");
    await ada.pass.get();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await bob.pass.get()).toBe(passFor("bob"));
  });

  it("reports another user in the session and gives the request no pass", async () => {
    issuer("bob");
    const { pass, others } = tab("ada");
    await expect(pass.get()).rejects.toThrow(SessionOver);
    expect(others).toEqual(["bob"]);
  });

  it("works where Web Locks are missing", async () => {
    const asked = issuer();
    const { pass } = tab("ada", { locks: undefined });
    await Promise.all([pass.get(), pass.get()]);
    expect(asked.times).toBe(1);
  });
});

describe("no pass", () => {
  it.each([
    [401, { code: "UNAUTHORIZED" }, "expired"],
    [401, { code: "ACCOUNT_DEACTIVATED" }, "deactivated"],
  ])("%i ends the session: %j", async (status, body, reason) => {
    server.use(http.get(URL, () => HttpResponse.json(body, { status })));
    await expect(tab().pass.get()).rejects.toMatchObject({ name: "SessionOver", reason });
  });

  it.each([
    ["a firewall that says 403", 403],
    ["a database that is away", 503],
  ])("%s does not end the session", async (_, status) => {
    server.use(http.get(URL, () => HttpResponse.json({}, { status })));
    const failure = await tab()
      .pass.get()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status });
  });

  it("no answer does not end the session, and the next request asks again", async () => {
    const asked = issuer();
    server.use(http.get(URL, () => HttpResponse.error(), { once: true }));
    const { pass } = tab();
    await expect(pass.get()).rejects.toThrow(NetworkError);
    await pass.get();
    expect(asked.times).toBe(1);
  });
});
