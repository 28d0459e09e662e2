import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { MAX_NAME, MAX_PASSWORD } from "../../account-limits.ts";

/** Where Better Auth's endpoints are; their own paths are written without it. */
export const BASE = "/api/auth";

/** RFC 5321 section 4.5.3.1.3. A pass holds the email, and no gate takes a pass of over 8 KB. */
const MAX_EMAIL = 254;

/** What a field must be; `refusal` is the code of the answer when it is not. */
interface Field {
  accepts: (value: unknown) => boolean;
  refusal: { code: string; message: string };
}

const flag: Field = {
  accepts: (value) => [true, false, "true", "false"].some((known) => known === value),
  refusal: { code: "INVALID_FIELD", message: "A yes-or-no field holds something else." },
};

const email: Field = {
  accepts: (value) => typeof value === "string" && value.length <= MAX_EMAIL,
  refusal: { code: "INVALID_EMAIL", message: "Enter a shorter email address." },
};

const password: Field = {
  accepts: (value) => typeof value === "string" && value.length <= MAX_PASSWORD,
  refusal: { code: "PASSWORD_TOO_LONG", message: `Use at most ${MAX_PASSWORD} characters.` },
};

const name: Field = {
  accepts: (value) => typeof value === "string" && isName(value),
  refusal: { code: "INVALID_NAME", message: `Enter a name of 1 to ${MAX_NAME} characters.` },
};

/** Better Auth makes ids of 32 characters. */
const reference: Field = {
  accepts: (value) => typeof value === "string" && value.length <= 64,
  refusal: { code: "INVALID_FIELD", message: "This names no session." },
};

const reading = { disableCookieCache: flag, disableRefresh: flag };

/** What is only read. */
const READ = new Map<string, Record<string, Field>>([
  ["/gatepass/token", reading],
  ["/get-session", reading],
  ["/list-sessions", { disableRefresh: flag }],
  ["/ok", {}],
]);

/** What changes something. */
const POSTED = new Map<string, Record<string, Field>>([
  [
    "/change-password",
    { currentPassword: password, newPassword: password, revokeOtherSessions: flag },
  ],
  ["/delete-user", { password }],
  ["/revoke-other-sessions", { password }],
  ["/revoke-session", { id: reference, password }],
  ["/revoke-sessions", { password }],
  ["/sign-in/email", { email, password, rememberMe: flag }],
  ["/sign-out", {}],
  ["/sign-up/email", { name, email, password, rememberMe: flag }],
  ["/update-user", { name }],
]);

/** What the pages, an operator's probe and other clients of this site use, with every field. */
const OFFERED = new Map([...READ, ...POSTED]);

/** Whether Better Auth is to see a request for this path, written without the base path. */
export const isOffered = (path: string): boolean => OFFERED.has(path);

export const isRead = (path: string): boolean => READ.has(path);

type Run = Parameters<typeof createAuthMiddleware>[0];

/** A hook of Better Auth's endpoints at these paths. */
export function at(paths: Iterable<string>, run: Run) {
  const known = new Set<string | undefined>(paths);
  return {
    matcher: ({ path }: { path?: string | undefined }) => known.has(path),
    handler: createAuthMiddleware(run),
  };
}

/**
 * Better Auth plugin: each field of what is offered must be of its type and length, before anything
 * looks at it. The other endpoints answer 404 (handler.ts): not all of them are harmless,
 * `/verify-password` would let a stolen session guess the password.
 */
export const offeredEndpoints = () =>
  ({
    id: "offered-endpoints",
    hooks: {
      before: [
        at(OFFERED.keys(), async (ctx) => {
          const fields = OFFERED.get(ctx.path) ?? {};
          for (const part of [ctx.body, ctx.query]) {
            for (const [name, value] of entriesOf(part)) checkField(name, value, fields);
          }
        }),
      ],
    },
  }) satisfies BetterAuthPlugin;

function entriesOf(part: unknown): [string, unknown][] {
  if (part === undefined || part === null || part === "") return [];
  // Not `?__proto__=x` either, which leaves no entry behind.
  if (isPlainObject(part)) return Object.entries(part);
  throw badRequest("INVALID_FIELD", "The request must hold named fields.");
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;

function checkField(name: string, value: unknown, fields: Record<string, Field>): void {
  if (typeof value === "string" && !isStorable(value)) {
    throw badRequest("INVALID_TEXT", "The request holds characters that cannot be stored.");
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw badRequest("INVALID_FIELD", "The request holds a field that is not offered.");
  if (value === undefined) return;
  if (!field.accepts(value)) throw badRequest(field.refusal.code, field.refusal.message);
}

/** PostgreSQL can hold neither NUL nor lone surrogates. */
function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}

/** Spaces, what only steers other characters, and the blank of Braille, which Unicode calls a symbol. */
const INVISIBLE = /[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The length first: nothing is done with what is too long, spaces around it included. */
function isName(text: string): boolean {
  if (text.length > 2 * MAX_NAME) return false;
  const characters = [...text.trim()];
  return (
    characters.length <= MAX_NAME &&
    characters.some((character) => !INVISIBLE.test(character)) &&
    !/\p{Cc}/u.test(text)
  );
}

/** What Better Auth says of a wrong password, said where it cannot: who came too late learns no more. */
export const INVALID_CREDENTIALS = {
  code: "INVALID_EMAIL_OR_PASSWORD",
  message: "Invalid email or password",
};

export function badRequest(code: string, message: string): APIError {
  return new APIError("BAD_REQUEST", { code, message });
}

export function tooManyRequests(seconds: number | null): APIError {
  return new APIError(
    "TOO_MANY_REQUESTS",
    { code: "TOO_MANY_REQUESTS", message: "Too many requests. Please try again later." },
    { "X-Retry-After": String(seconds) },
  );
}
