import { beforeAll, describe, expect, test } from "vitest";
import { isCommonPassword } from "../src/server/auth/common-passwords.ts";
import { submitForm } from "../src/server/auth/native-forms.ts";
import { safeNext } from "../src/server/auth/next-path.ts";
import { redact } from "../src/server/http/redact.ts";
import { cookiesOf, createSite, ORIGIN, PASSWORD, type Site } from "./site.ts";

const LENGTH = 60_000;

/** Of the same length as the harmless text: what patterns with several repetitions stumble on. */
const HOSTILE = [
  ";token",
  "a.",
  "eyJ-",
  "eyJaaaaaaaa.",
  "Bearer ",
  "://a:",
  "?x=&",
  "1",
  "1!",
  " ",
  "\t\n ",
  "/",
  "/../",
  "%",
  "-a",
  "@",
  "::",
  ",",
  ";",
  "=",
  "🦊",
].map((piece) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH));
const HARMLESS = "x".repeat(LENGTH);

/** Milliseconds of CPU, the best of three: what others do on this machine is not measured. */
async function time(work: () => unknown): Promise<number> {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

/** Costs no more than harmless text of this length, but for the noise of a busy machine. */
async function expectCheap(work: (text: string) => unknown): Promise<void> {
  await work(HARMLESS);
  const usual = await time(() => work(HARMLESS));
  for (const text of HOSTILE) {
    const spent = await time(() => work(text));
    expect(spent, JSON.stringify(text.slice(0, 20))).toBeLessThan(5 * usual + 40);
  }
}

describe("a text of a stranger costs what a harmless one costs", () => {
  test("in the log", async () => {
    await expectCheap((text) => redact({ url: `/login?next=${text}`, message: text }));
    await expectCheap((text) => redact(new Error(text)));
  });

  test("as a password", () => expectCheap((text) => isCommonPassword(text, [text, text])));

  test("as the way back", () => expectCheap((text) => safeNext(`/${text}`)));
});

describe("every public input", { timeout: 120_000 }, () => {
  let site: Site;
  let cookie: string;

  beforeAll(async () => {
    site = await createSite();
    cookie = cookiesOf(await site.signUp("ada@example.com"));
  });

  const bodies: [path: string, fields: string[]][] = [
    ["/sign-in/email", ["email", "password", "rememberMe", "callbackURL"]],
    ["/sign-up/email", ["name", "email", "password", "image", "callbackURL"]],
    ["/change-password", ["currentPassword", "newPassword"]],
    ["/delete-user", ["password", "token", "callbackURL"]],
    ["/revoke-session", ["id", "password", "token"]],
    ["/revoke-sessions", ["password"]],
    ["/revoke-other-sessions", ["password"]],
    ["/sign-out", ["callbackURL", "state"]],
    ["/update-user", ["name", "image"]],
  ];

  test.each(bodies)("%s: each field", async (path, fields) => {
    for (const field of fields) {
      await expectCheap((text) => site.post(path, { [field]: text }, cookie));
      await expectCheap((text) => site.post(path, { [text]: field }, cookie));
    }
  });

  test.each(["/get-session", "/gatepass/token", "/list-sessions", "/ok"])(
    "%s: query, path, cookies and headers",
    async (path) => {
      const part = (text: string) => encodeURIComponent(text.slice(0, 5000));
      await expectCheap((text) => site.get(`${path}?${part(text)}=${part(text)}`, cookie));
      await expectCheap((text) => site.get(`${path}/${part(text)}`, cookie));
      await expectCheap((text) => site.get(path, `better-auth.session_token=${part(text)}`));
      for (const name of ["origin", "referer", "user-agent", "accept", "x-forwarded-for"]) {
        await expectCheap((text) => site.send(path, { headers: { [name]: part(text) } }));
      }
    },
  );

  test.each(["sign-in", "sign-up", "sign-out"] as const)("the form %s", async (form) => {
    for (const field of ["name", "email", "password", "next"]) {
      await expectCheap((text) => {
        const body = new URLSearchParams({ email: "x", password: PASSWORD, [field]: text });
        const request = new Request(`${ORIGIN}/api/forms/${form}`, { method: "POST", body });
        return submitForm(form, request, site.auth);
      });
    }
  });
});
