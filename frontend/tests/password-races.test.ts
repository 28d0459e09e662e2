import { hashPassword as formerHash } from "better-auth/crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { authScope } from "../src/server/auth/auth-scope.ts";
import { inHashTurn } from "../src/server/auth/hash-turns.ts";
import { hashPassword } from "../src/server/auth/password-hash.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";
const NEW = "another long password";
const OTHER = "a third long password";

/** Called before each password is hashed at today's cost. */
const hashing = vi.hoisted(() => ({ begins: () => {} }));

vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const scrypt = (...given: Parameters<typeof crypto.scrypt>) => {
    hashing.begins();
    crypto.scrypt(...given);
  };
  return { ...crypto, scrypt };
});

let site: Site;

beforeEach(async () => {
  hashing.begins = () => {};
  site = await createSite();
});

const change = (cookie: string, newPassword: string) =>
  site.post("/change-password", { currentPassword: PASSWORD, newPassword }, cookie);
const renewal = async (cookie: string) => (await site.get("/gatepass/token", cookie)).status;
const count = () => site.database.prepare("SELECT count(*) AS n FROM session").get()?.n;

/** Has `work` done once, in the moment after the next password has been found right. */
async function onceVerified(work: () => Promise<void>): Promise<void> {
  const { password } = await site.auth.$context;
  const { verify } = password;
  password.verify = async (given) => {
    password.verify = verify;
    const right = await verify(given);
    await work();
    return right;
  };
}

describe("no password is hashed while a transaction is open, which others wait for", () => {
  let begun: boolean[];

  beforeEach(() => {
    begun = [];
    hashing.begins = () => begun.push(site.database.isTransaction);
  });

  test("at a sign-up", async () => {
    expect((await site.signUp(EMAIL)).status).toBe(200);
    expect(begun).toEqual([false]);
    expect((await site.signIn(EMAIL)).status).toBe(200);
  });

  test("wherever else a password is asked for", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    await site.signIn(EMAIL);
    await site.post("/revoke-other-sessions", { password: PASSWORD }, cookie);
    const changed = cookiesOf(await change(cookie, NEW));
    await site.post("/delete-user", { password: NEW }, changed);
    expect(begun).toEqual(Array(6).fill(false));
  });

  test.each([
    ["with a taken email", { email: EMAIL.toUpperCase(), password: PASSWORD }, 422],
    ["with a short password", { email: "grace@example.com", password: "short" }, 400],
    ["with a common password", { email: "grace@example.com", password: "password1" }, 400],
    ["without an email", { password: PASSWORD }, 400],
    ["with what is no email", { email: "no address", password: PASSWORD }, 400],
    ["without a name", { name: undefined, email: "grace@example.com", password: PASSWORD }, 400],
    ["with a text", { rememberMe: "true", email: "grace@example.com", password: PASSWORD }, 400],
  ])("nor at all at a sign-up %s", async (_case, fields, status) => {
    await site.signUp(EMAIL);
    begun = [];
    const body = { name: "Grace", ...fields };
    expect((await site.post("/sign-up/email", body)).status).toBe(status);
    expect(begun).toEqual([]);
  });
});

describe("where the passwords of others take every turn and every place", () => {
  let give = () => {};

  function takeAll(): void {
    const over = new Promise<void>((resolve) => {
      give = resolve;
    });
    for (let host = 0; host < 26; host++) {
      void authScope.run({ client: `192.0.2.${host}` }, () => inHashTurn(() => over));
    }
  }

  beforeEach(() => site.signUp(EMAIL));
  afterEach(() => give());

  test("a hash of a former cost stays as it is at a sign-in", async () => {
    const former = await formerHash(PASSWORD);
    site.database.prepare("UPDATE account SET password = ?").run(former);
    await onceVerified(async () => takeAll());
    expect((await site.signIn(EMAIL)).status).toBe(200);
    expect(site.database.prepare("SELECT password FROM account").get()?.password).toBe(former);
  });

  test("a sign-in that meets a change keeps no session", async () => {
    await onceVerified(async () => {
      site.database.prepare("UPDATE account SET password = ?").run(await formerHash(PASSWORD));
      takeAll();
    });
    expect((await site.signIn(EMAIL)).status).toBe(429);
    expect(count()).toBe(1); // of the sign-up
  });
});

describe("a change of password", () => {
  let cookie: string;

  beforeEach(async () => {
    cookie = cookiesOf(await site.signUp(EMAIL));
  });

  test("refuses the sign-in with the former one that is under way", async () => {
    let changed = new Response();
    await onceVerified(async () => {
      changed = await change(cookie, NEW);
    });
    const response = await site.signIn(EMAIL);
    expect(changed.status).toBe(200);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "INVALID_EMAIL_OR_PASSWORD" });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("set-auth-jwt")).toBeNull();
    expect(await renewal(cookiesOf(changed))).toBe(200);
    expect(count()).toBe(1);
  });

  test("ends a session that begins while it is being written", async () => {
    // As on PostgreSQL, where others write between the statements of a transaction.
    site.database.exec(`
      CREATE TRIGGER meanwhile AFTER UPDATE OF password ON account BEGIN
        INSERT INTO session (id, token, userId, expiresAt, createdAt, updatedAt)
        VALUES (random(), random(), new.userId, '2999-01-01', '2026-01-01', '2026-01-01');
      END`);
    const changed = await change(cookie, NEW);
    expect(await renewal(cookiesOf(changed))).toBe(200);
    expect(count()).toBe(1);
  });

  test("does not undo another that was quicker", async () => {
    const there = cookiesOf(await site.signIn(EMAIL));
    let quicker = new Response();
    await onceVerified(async () => {
      quicker = await change(there, NEW);
    });
    expect((await change(cookie, OTHER)).status).toBe(401);
    expect(quicker.status).toBe(200);
    expect(await renewal(cookiesOf(quicker))).toBe(200);
    expect((await site.signIn(EMAIL, OTHER)).status).toBe(401);
    expect((await site.signIn(EMAIL, NEW)).status).toBe(200);
  });
});

describe("a password of a former cost that is hashed anew", () => {
  const write = (hash: string) =>
    site.database.prepare("UPDATE account SET password = ?").run(hash);

  beforeEach(async () => {
    await site.signUp(EMAIL);
    write(await formerHash(PASSWORD));
  });

  test("does not undo a change that comes meanwhile", async () => {
    const changed = await hashPassword(NEW);
    hashing.begins = () => {
      hashing.begins = () => {};
      write(changed);
    };
    await site.signIn(EMAIL);
    expect((await site.signIn(EMAIL, NEW)).status).toBe(200);
    expect((await site.signIn(EMAIL)).status).toBe(401);
  });

  test("is still right for another sign-in that is under way", async () => {
    await onceVerified(async () => {
      await site.signIn(EMAIL);
    });
    expect((await site.signIn(EMAIL)).status).toBe(200);
  });
});
