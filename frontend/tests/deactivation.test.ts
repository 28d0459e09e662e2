import { beforeEach, describe, expect, test, vi } from "vitest";
import { setDeactivated } from "../src/server/auth/deactivation.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

describe("a deactivated user", () => {
  let site: Site;
  let cookie: string;

  beforeEach(async () => {
    site = await createSite();
    cookie = cookiesOf(await site.signUp(EMAIL));
    expect(await setDeactivated(site.auth, ` ${EMAIL.toUpperCase()}`, true)).toBe(true);
  });

  test("cannot sign in, and is told so in a plain code", async () => {
    const response = await site.signIn(EMAIL);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      code: "ACCOUNT_DEACTIVATED",
      message: "This account has been deactivated.",
    });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.has("set-auth-jwt")).toBe(false);
  });

  test("is not told apart by somebody without the password", async () => {
    const deactivated = await site.signIn(EMAIL, "not the password");
    const unknown = await site.signIn("nobody@example.com", "not the password");
    expect(deactivated.status).toBe(401);
    expect(await deactivated.json()).toEqual(await unknown.json());
  });

  test("has no session any more, on any device", async () => {
    expect(await (await site.get("/get-session", cookie)).json()).toBeNull();
    const living = site.database.prepare("SELECT count(*) AS n FROM session WHERE expiresAt > ?");
    expect(living.get(new Date().toISOString())).toEqual({ n: 0 });
  });

  test("gets no token, and an open page learns why", async () => {
    const response = await site.get("/gatepass/token", cookie);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "ACCOUNT_DEACTIVATED" });
  });

  test("gets no token in a session that began at the same moment", async () => {
    const later = new Date(Date.now() + 60_000).toISOString();
    site.database.prepare("UPDATE session SET expiresAt = ?").run(later);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(401);
  });

  test("can sign in again when reactivated, but old sessions stay ended", async () => {
    expect(await setDeactivated(site.auth, EMAIL, false)).toBe(true);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(401);
    const response = await site.signIn(EMAIL);
    expect(response.status).toBe(200);
    expect((await site.get("/gatepass/token", cookiesOf(response))).status).toBe(200);
  });

  test("leaves others alone", async () => {
    const other = cookiesOf(await site.signUp("eve@example.com"));
    expect((await site.get("/gatepass/token", other)).status).toBe(200);
  });
});

describe("what straddles a deactivation", () => {
  let site: Site;
  let cookie: string;

  beforeEach(async () => {
    site = await createSite();
    cookie = cookiesOf(await site.signUp(EMAIL));
  });

  /** Somebody else deactivates the user right before the statement `does` something to a session. */
  async function deactivateBefore(does: "create" | "update"): Promise<void> {
    const { adapter } = await site.auth.$context;
    const original = adapter[does].bind(adapter) as (query: { model: string }) => unknown;
    vi.spyOn(adapter, does).mockImplementation((async (query: { model: string }) => {
      if (query.model === "session") {
        vi.restoreAllMocks();
        await setDeactivated(site.auth, EMAIL, true);
      }
      return original(query);
    }) as never);
  }

  const living = () =>
    site.database
      .prepare("SELECT count(*) AS n FROM session WHERE expiresAt > ?")
      .get(new Date().toISOString())?.n;

  test("a sign-in is refused like one that comes after it", async () => {
    await deactivateBefore("create");
    const response = await site.signIn(EMAIL);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "ACCOUNT_DEACTIVATED" });
    expect(response.headers.get("set-cookie") ?? "").not.toMatch(/session_token=[^;]/);
    expect(response.headers.has("set-auth-jwt")).toBe(false);
    expect(living()).toBe(0);
  });

  test("a session that is being prolonged ends", async () => {
    const soon = new Date(Date.now() + 2 * 86_400_000).toISOString();
    site.database.prepare("UPDATE session SET expiresAt = ?").run(soon);
    await deactivateBefore("update");
    expect((await site.get("/gatepass/token", cookie)).status).toBe(401);
    expect(living()).toBe(0);
  });

  test("no session from before is left when the user is switched on again", async () => {
    await setDeactivated(site.auth, EMAIL, true);
    const later = new Date(Date.now() + 60_000).toISOString();
    site.database.prepare("UPDATE session SET expiresAt = ?").run(later);
    await setDeactivated(site.auth, EMAIL, false);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(401);
  });

  test("switching on who is on ends nothing", async () => {
    await setDeactivated(site.auth, EMAIL, false);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(200);
  });
});

test("an unknown email deactivates nobody", async () => {
  const site = await createSite();
  expect(await setDeactivated(site.auth, "nobody@example.com", true)).toBe(false);
});

test("nobody can set the field from outside", async () => {
  const site = await createSite();
  const field = { deactivatedAt: "2026-01-01T00:00:00.000Z" };
  const body = { name: "Ada", email: EMAIL, password: PASSWORD, ...field };
  expect((await site.post("/sign-up/email", body)).status).toBe(400);
  const cookie = cookiesOf(await site.signUp(EMAIL));
  expect((await site.post("/update-user", field, cookie)).status).toBe(400);
  expect((await site.get("/gatepass/token", cookie)).status).toBe(200);
});
