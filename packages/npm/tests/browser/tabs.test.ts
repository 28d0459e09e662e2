import { describe, expect, it, vi } from "vitest";
import { type PassClient, SessionOver } from "../../src/browser/index.ts";
import { issuer, PATIENT, passFor, pause } from "./network.ts";
import { tab } from "./tab.ts";

/** Long enough for a message between tabs; where all stood still, it comes after the first timer. */
const heard = () => pause(40).then(() => new Promise(setImmediate));

describe("the end of a session", () => {
  it("reaches every tab of its user and no other's", async () => {
    const site = await issuer();
    const [one, two, bob] = [tab(site.url), tab(site.url), tab(site.url, "bob")];
    one.pass.adopt(passFor("ada"));
    await vi.waitFor(
      () => expect(bob.others, "has asked whose session it is").toEqual(["ada"]),
      PATIENT,
    );
    expect(two.pass.freshFor()).toBeGreaterThan(0);
    site.instead.push({ status: 401, body: { code: "ACCOUNT_DEACTIVATED" } });
    await expect(one.pass.check()).rejects.toThrow("deactivated");
    await heard();
    expect([one.ends, two.ends, bob.ends]).toEqual([["deactivated"], ["deactivated"], []]);
    expect(two.pass.freshFor()).toBe(0);
  });

  it("is told once, whoever notices first", async () => {
    const site = await issuer();
    const tabs = [tab(site.url), tab(site.url), tab(site.url)];
    site.instead.push(...Array.from({ length: 3 }, () => ({ status: 401 })));
    await Promise.allSettled(tabs.map(({ pass }) => pass.token()));
    await heard();
    expect(tabs.map(({ ends }) => ends)).toEqual([["expired"], ["expired"], ["expired"]]);
  });

  it("can be told by the page", async () => {
    const site = await issuer();
    const [one, two] = [tab(site.url), tab(site.url)];
    one.pass.end("expired");
    await heard();
    expect([one.ends, two.ends]).toEqual([["expired"], ["expired"]]);
  });

  it("of the next session is told again", async () => {
    const site = await issuer();
    const { pass, ends } = tab(site.url);
    pass.end("expired");
    pass.adopt(passFor("ada"));
    pass.end("expired");
    expect(ends).toEqual(["expired", "expired"]);
  });
});

describe("a sign-out", () => {
  it("reaches every tab once it has worked", async () => {
    const site = await issuer();
    const [one, two] = [tab(site.url), tab(site.url)];
    one.pass.adopt(passFor("ada"));
    await heard();
    expect(await one.pass.signOut(async () => "answer")).toBe("answer");
    await heard();
    expect([one.ends, two.ends]).toEqual([["signed-out"], ["signed-out"]]);
    expect([one.pass.freshFor(), two.pass.freshFor()]).toEqual([0, 0]);
  });

  it("that failed has signed nobody out", async () => {
    const site = await issuer();
    const { pass, ends } = tab(site.url);
    pass.adopt(passFor("ada"));
    const failing = pass.signOut(() => Promise.reject(new Error("no answer")));
    await expect(failing).rejects.toThrow("no answer");
    expect(ends).toEqual([]);
    expect(await pass.token()).toBe(passFor("ada"));
  });

  it("under way is not taken for a session that has run out", async () => {
    const site = await issuer();
    const { pass, ends } = tab(site.url);
    await pass.signOut(async () => {
      site.instead.push({ status: 401 });
      await expect(pass.token()).rejects.toThrow("expired");
    });
    expect(ends).toEqual(["signed-out"]);
  });

  it.each<[string, () => Promise<never>]>([
    [
      "throws",
      () => {
        throw new Error("no answer");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no answer"))],
  ])("whose request %s is over: what ends afterwards is said", async (_, request) => {
    const site = await issuer();
    const { pass, ends } = tab(site.url);
    pass.adopt(passFor("ada"));
    await expect(pass.signOut(request)).rejects.toThrow("no answer");
    pass.end("expired");
    expect(ends).toEqual(["expired"]);
    expect(pass.freshFor()).toBe(0);
  });
});

describe("a sign-out that fails after the session's end was noticed", () => {
  it.each<[string, (one: PassClient, two: PassClient) => unknown]>([
    ["here", (one) => one.end("expired")],
    ["by the issuer", (one) => one.token(passFor("ada")).catch(() => {})],
    ["in another tab", (_, two) => two.end("expired")],
  ])("%s ends it in every tab", async (_, notice) => {
    const site = await issuer();
    const [one, two] = [tab(site.url), tab(site.url)];
    one.pass.adopt(passFor("ada"));
    await heard();
    const failing = one.pass.signOut(async () => {
      site.instead.push({ status: 401 });
      await notice(one.pass, two.pass);
      await heard();
      throw new Error("no answer");
    });
    await expect(failing).rejects.toThrow("no answer");
    await heard();
    expect([one.ends, two.ends]).toEqual([["expired"], ["expired"]]);
    expect([one.pass.freshFor(), two.pass.freshFor()]).toEqual([0, 0]);
    one.pass.adopt(passFor("ada"));
    await one.pass.signOut(async () => {});
    expect(one.ends).toEqual(["expired", "signed-out"]);
  });

  it("ends no session that has begun since", async () => {
    const site = await issuer();
    const [one, two] = [tab(site.url), tab(site.url)];
    const failing = one.pass.signOut(async () => {
      two.pass.end("expired");
      await heard();
      two.pass.adopt(passFor("ada"));
      await heard();
      throw new Error("no answer");
    });
    await expect(failing).rejects.toThrow("no answer");
    await heard();
    expect([one.ends, two.ends]).toEqual([[], ["expired"]]);
    expect(two.pass.freshFor()).toBeGreaterThan(0);
  });
});

describe.each([["with"], ["without"]])("a request that replaces the session, %s locks", (locks) => {
  const options = locks === "with" ? {} : { locks: null };
  const answer = { headers: new Headers({ "set-auth-jwt": passFor("ada", { serial: 9 }) }) };

  it("is waited for by every tab, which then has its pass", async () => {
    const site = await issuer();
    const tabs = [tab(site.url, "ada", options), tab(site.url, "ada", options)];
    const [one] = tabs;
    let asked: Promise<string>[] = [];
    const sent = await one?.pass.replaceSession(async () => {
      await heard();
      site.instead.push({ status: 401 }, { status: 401 });
      asked = tabs.map(({ pass }) => pass.token());
      await heard();
      return answer;
    });
    expect(sent).toBe(answer);
    const fresh = passFor("ada", { serial: 9 });
    expect(await Promise.all(asked)).toEqual([fresh, fresh]);
    expect([site.asked, tabs.map(({ ends }) => ends)]).toEqual([0, [[], []]]);
  });

  it("is waited for also where a renewal ends meanwhile", async () => {
    const site = await issuer("ada", { delay: 300 });
    const [one, two] = [tab(site.url, "ada", options), tab(site.url, "ada", options)];
    const first = one.pass.token();
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    let asked: Promise<string>[] = [];
    await one.pass.replaceSession(async () => {
      await first;
      await heard();
      site.instead.push({ status: 401 }, { status: 401 });
      const refused = passFor("ada", { serial: 1 });
      asked = [one, two].map(({ pass }) => pass.token(refused));
      await heard();
      return answer;
    });
    const fresh = passFor("ada", { serial: 9 });
    expect(await Promise.all(asked)).toEqual([fresh, fresh]);
    expect([site.asked, one.ends, two.ends]).toEqual([1, [], []]);
  });

  it("leaves everything as it was when it fails", async () => {
    const site = await issuer();
    const [one, two] = [tab(site.url, "ada", options), tab(site.url, "ada", options)];
    one.pass.adopt(passFor("ada"));
    await heard();
    const failing = one.pass.replaceSession(() => Promise.reject(new Error("no answer")));
    await expect(failing).rejects.toThrow("no answer");
    expect([await one.pass.token(), await two.pass.token()]).toEqual([
      passFor("ada"),
      passFor("ada"),
    ]);
    expect(await two.pass.token(passFor("ada"))).toBe(passFor("ada", { serial: 1 }));
    expect([one.ends, two.ends]).toEqual([[], []]);
  });
});

describe("after close()", () => {
  it.each([["with"], ["without"]])("a tab %s locks is alone", async (locks) => {
    const site = await issuer();
    const alone = tab(site.url, "ada", locks === "with" ? {} : { locks: null });
    const other = tab(site.url);
    alone.pass.close();
    alone.pass.close();
    alone.pass.adopt(passFor("ada"));
    expect(await alone.pass.token()).toBe(passFor("ada"));
    expect(await alone.pass.token(passFor("ada"))).toBe(passFor("ada", { serial: 1 }));
    await heard();
    expect(other.pass.freshFor()).toBe(0);
    alone.pass.end("expired");
    other.pass.adopt(passFor("ada"));
    await heard();
    expect([alone.ends, other.ends]).toEqual([["expired"], []]);
    expect([alone.pass.freshFor() > 0, other.pass.freshFor() > 0]).toEqual([false, true]);
  });
});

describe("a pass that is on its way when it is over", () => {
  it.each<[string, (one: PassClient, two: PassClient) => unknown]>([
    ["by a sign-out", (one) => one.signOut(async () => {})],
    ["by a sign-out in another tab", (_, two) => two.signOut(async () => {})],
    ["as the page says", (one) => one.end("expired")],
    ["and forgotten", (one) => one.clear()],
  ])("%s is kept by no tab, and what waits for it ends", async (_, end) => {
    const site = await issuer("ada", { delay: 300 });
    const [one, two] = [tab(site.url), tab(site.url)];
    const sent: string[] = [];
    const channel = new BroadcastChannel(`gatepass ${site.url}`);
    channel.onmessage = ({ data }) => sent.push(data.type);
    const asked = one.pass.token();
    asked.catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    await end(one.pass, two.pass);
    await expect(asked).rejects.toThrow(SessionOver);
    await heard();
    channel.close();
    expect([one.pass.freshFor(), two.pass.freshFor()]).toEqual([0, 0]);
    expect(sent).not.toContain("pass");
  });

  it("is not what who asks afterwards gets", async () => {
    const site = await issuer("ada", { delay: 300 });
    const { pass } = tab(site.url, undefined, { userId: undefined });
    const former = pass.token();
    former.catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    pass.clear();
    site.user = "bob";
    expect(await pass.token()).toBe(passFor("bob", { serial: 2 }));
    await expect(former).rejects.toThrow(SessionOver);
    expect(await pass.token()).toBe(passFor("bob", { serial: 2 }));
  });

  it("comes back from no tab that has not heard of it yet", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    pass.adopt(passFor("ada"));
    pass.end("signed-out");
    tab(site.url).pass.adopt(passFor("ada"));
    await heard();
    expect(pass.freshFor()).toBe(0);
    expect(await pass.token(), "the issuer's word counts").toBe(passFor("ada", { serial: 1 }));
  });
});

describe("what waits for a pass when the next user signs in", () => {
  const nobody = { userId: undefined };

  it.each<[string, (pass: PassClient) => unknown]>([
    ["after a sign-out", (pass) => pass.signOut(async () => {})],
    ["after the session's end", (pass) => pass.end("expired")],
    ["after clear()", (pass) => pass.clear()],
    ["without a sign-out", () => {}],
  ])("%s does not get it", async (_, leave) => {
    const site = await issuer("ada", { delay: 300 });
    const { pass, others } = tab(site.url, undefined, nobody);
    pass.adopt(passFor("ada"));
    const asked = pass.token(passFor("ada"));
    asked.catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    await leave(pass);
    pass.adopt(passFor("bob"));
    await expect(asked).rejects.toThrow(SessionOver);
    expect(await pass.token()).toBe(passFor("bob"));
    expect(others).toEqual([]);
  });

  it.each([
    ["whose user is known", passFor("ada")],
    ["whose user is not known yet", undefined],
  ])("%s does not find it when the lock is given", async (_, refused) => {
    const site = await issuer("ada", { delay: 300 });
    const [other, { pass }] = [tab(site.url), tab(site.url, undefined, nobody)];
    other.pass.token().catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    if (refused) pass.adopt(refused);
    const asked = pass.token(refused);
    asked.catch(() => {});
    pass.clear();
    pass.adopt(passFor("bob"));
    await expect(asked).rejects.toThrow(SessionOver);
  });

  it("does not ask for it when the lock is given", async () => {
    const site = await issuer("ada", { delay: 300 });
    const [other, { pass }] = [tab(site.url), tab(site.url, undefined, nobody)];
    other.pass.token().catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    const asked = pass.token();
    asked.catch(() => {});
    await pause(5);
    pass.clear();
    other.pass.close();
    site.user = "bob";
    await expect(asked).rejects.toThrow(SessionOver);
    expect(pass.freshFor()).toBe(0);
  });

  it("does not get it when its own was refused afterwards", async () => {
    const site = await issuer("bob");
    const { pass } = tab(site.url, undefined, nobody);
    pass.adopt(passFor("bob"));
    await expect(pass.token(passFor("ada"))).rejects.toThrow(SessionOver);
    pass.clear();
    await expect(pass.token(passFor("ada")), "nor by asking").rejects.toThrow(SessionOver);
  });

  it("does not get it where the page says who it is", async () => {
    const site = await issuer("ada", { delay: 300 });
    let user = "ada";
    const { pass } = tab(site.url, undefined, { userId: () => user });
    const asked = pass.token();
    asked.catch(() => {});
    await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
    user = "bob";
    pass.adopt(passFor("bob"));
    await expect(asked).rejects.toThrow(SessionOver);
    expect(await pass.token()).toBe(passFor("bob"));
  });
});

describe("whose pages a tab shows", () => {
  it("is the user of the first pass where the page does not say", async () => {
    const site = await issuer("ada");
    const { pass, others } = tab(site.url, undefined, { userId: undefined });
    expect(await pass.token()).toBe(passFor("ada", { serial: 1 }));
    site.user = "bob";
    await expect(pass.check()).rejects.toThrow("expired");
    expect(others).toEqual(["bob"]);
    expect(await pass.token(), "what is on the page is Ada's").toBe(passFor("ada", { serial: 1 }));
  });

  it("and another's after a sign-in here or after clear()", async () => {
    const site = await issuer("bob");
    const { pass, others } = tab(site.url, undefined, { userId: undefined });
    pass.adopt(passFor("ada"));
    pass.adopt(passFor("bob"));
    await pass.check();
    site.user = "cy";
    pass.clear();
    expect(await pass.token()).toBe(passFor("cy", { serial: 2 }));
    expect(others).toEqual([]);
  });

  it("tabs that begin together share one ask, though none knows its user yet", async () => {
    const site = await issuer("ada");
    const tabs = [1, 2, 3].map(() => tab(site.url, undefined, { userId: undefined }));
    await Promise.all(tabs.map(({ pass }) => pass.token()));
    expect(site.asked).toBe(1);
  });

  it("a sign-in as somebody else in one tab reaches those of the former user", async () => {
    const site = await issuer("bob");
    const [ada, login] = [tab(site.url, "ada"), tab(site.url, "bob")];
    login.pass.adopt(passFor("bob"));
    await vi.waitFor(() => expect(ada.others).toEqual(["bob"]), PATIENT);
    expect(site.asked).toBe(1);
  });

  it("two issuers on one page know nothing of each other", async () => {
    const [first, second] = [await issuer("ada"), await issuer("ada")];
    const [one, two] = [tab(first.url), tab(second.url)];
    one.pass.adopt(passFor("ada"));
    await heard();
    expect(two.pass.freshFor()).toBe(0);
    one.pass.end("expired");
    await heard();
    expect(two.ends).toEqual([]);
  });
});

describe("what another script says on the channel", () => {
  it.each([
    ["nothing", null],
    ["a text", "pass"],
    ["no type", {}],
    ["an unknown type", { type: "steal" }],
    ["an end without a reason of ours", { type: "over", userId: "ada", reason: "javascript:" }],
    ["a pass that is none", { type: "pass", pass: { token: "a.b.c", staleAt: 1e15 } }],
    [
      "a pass with a line break",
      { type: "pass", pass: { token: `${passFor("ada")}\r\nX: y`, staleAt: 1e15 } },
    ],
    ["no moment", { type: "pass", pass: { token: passFor("ada") } }],
    ["no number", { type: "pass", pass: { token: passFor("ada"), staleAt: Number.NaN } }],
    ["a pass that is over", { type: "pass", pass: { token: passFor("ada"), staleAt: 0 } }],
  ])("%s changes nothing", async (_, message) => {
    const site = await issuer();
    const { pass, ends } = tab(site.url);
    const channel = new BroadcastChannel(`gatepass ${site.url}`);
    channel.postMessage(message);
    await heard();
    channel.close();
    expect(pass.freshFor()).toBe(0);
    expect(ends).toEqual([]);
  });

  it("a pass cannot be made to last", async () => {
    const site = await issuer();
    const { pass } = tab(site.url);
    const channel = new BroadcastChannel(`gatepass ${site.url}`);
    channel.postMessage({ type: "pass", pass: { token: passFor("ada"), staleAt: 1e15 } });
    await heard();
    channel.close();
    expect(pass.freshFor()).toBeGreaterThan(3_500_000);
    expect(pass.freshFor()).toBeLessThanOrEqual(3_540_000);
  });
});

describe("turns", () => {
  it("a lock that another tab never gives back is done without after ten seconds", async () => {
    const site = await issuer();
    const asked: LockOptions[] = [];
    const locks = {
      request(_name: string, options: LockOptions, callback: (lock: Lock | null) => unknown) {
        asked.push(options);
        if (options.ifAvailable) return Promise.resolve(callback(null));
        return new Promise((_, reject) => {
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        });
      },
    } as unknown as LockManager;
    const timeout = vi.spyOn(AbortSignal, "timeout");
    // The lock's only: the issuer keeps its time.
    timeout.mockImplementationOnce((milliseconds) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("", "TimeoutError")), milliseconds / 100);
      return controller.signal;
    });
    try {
      const { pass } = tab(site.url, "ada", { locks });
      expect(await pass.token()).toBe(passFor("ada", { serial: 1 }));
      expect(timeout.mock.calls[0]).toEqual([10_000]);
      expect(asked.some(({ steal }) => steal)).toBe(false);
    } finally {
      timeout.mockRestore();
    }
  });

  it("a document that gets no lock at all asks by itself", async () => {
    const site = await issuer();
    const locks = {
      request: () => Promise.reject(new DOMException("opaque origin", "SecurityError")),
    } as unknown as LockManager;
    expect(await tab(site.url, "ada", { locks }).pass.token()).toBe(passFor("ada", { serial: 1 }));
  });

  it("the issuer's failure is no failure of the lock: it is asked once", async () => {
    const site = await issuer();
    site.instead.push({ status: 503 });
    await expect(tab(site.url).pass.token()).rejects.toThrow("answered 503");
    expect(site.asked).toBe(1);
  });

  it("works where Web Locks are missing", async () => {
    const site = await issuer();
    const { pass } = tab(site.url, "ada", { locks: null });
    await Promise.all([pass.token(), pass.token()]);
    expect(site.asked).toBe(1);
  });

  it("without locks a tab waits for the one that is asking", async () => {
    const site = await issuer("ada", { delay: 300 });
    const [one, two] = [1, 2].map(() => tab(site.url, "ada", { locks: null }));
    const first = one?.pass.token();
    await heard();
    expect(await two?.pass.token()).toBe(await first);
    expect(site.asked).toBe(1);
  });

  it("without locks one that left while it was asking is waited for ten seconds, whatever the clock says", async () => {
    const arrived = heard();
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    try {
      let now = Date.now();
      const { pass } = tab("http://site.test/token", "ada", {
        locks: null,
        now: () => now,
        fetch: async () => Response.json({ token: passFor("ada") }),
      });
      const channel = new BroadcastChannel("gatepass http://site.test/token");
      channel.postMessage({ type: "asking" });
      channel.close();
      await arrived;
      now -= 3_600_000;
      const got = vi.fn();
      void pass.token().then(got);
      await vi.advanceTimersByTimeAsync(9_900);
      expect(got).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(200);
      await vi.waitFor(() => expect(got).toHaveBeenCalledWith(passFor("ada")), PATIENT);
      const again = pass.token(passFor("ada"));
      await vi.advanceTimersByTimeAsync(0);
      expect(await again, "is waited for once").toBe(passFor("ada"));
    } finally {
      vi.useRealTimers();
    }
  });

  it("without locks a tab whose forerunner failed asks at once", async () => {
    const site = await issuer("ada", { delay: 300 });
    site.instead.push({ status: 503 });
    const [one, two] = [1, 2].map(() => tab(site.url, "ada", { locks: null }));
    const first = one?.pass.token();
    await heard();
    const second = two?.pass.token();
    await expect(first).rejects.toThrow("answered 503");
    expect(await second).toBe(passFor("ada", { serial: 2 }));
  });
});
