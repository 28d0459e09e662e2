import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { isCommonPassword } from "./common-passwords.ts";

const MAX_NAME = 100;

/** RFC 5321 section 4.5.3.1.3. A pass holds the email, and no gate takes a pass of over 8 KB. */
const MAX_EMAIL = 254;

/**
 * Better Auth plugin: what texts, a name, an email and a new password must be, that a changed
 * password ends the other sessions, and that deleting the account needs the password (Better
 * Auth leaves the one to the caller and takes a fresh session for the other).
 */
export const accountRules = () =>
  ({
    id: "account-rules",
    hooks: {
      before: [
        {
          matcher: () => true,
          handler: createAuthMiddleware(async (ctx) => {
            const texts = [ctx.body, ctx.query, ctx.params].flatMap((part) =>
              Object.values(part ?? {}),
            );
            if (texts.every((text) => typeof text !== "string" || isStorable(text))) return;
            throw badRequest("INVALID_TEXT", "The request holds characters that cannot be stored.");
          }),
        },
        {
          matcher: ({ path }) => path === "/sign-up/email" || path === "/update-user",
          handler: createAuthMiddleware(async (ctx) => {
            const name: unknown = ctx.body?.name;
            if (name === undefined && ctx.path === "/update-user") return;
            if (typeof name === "string" && isName(name)) return;
            throw badRequest("INVALID_NAME", `Enter a name of 1 to ${MAX_NAME} characters.`);
          }),
        },
        {
          matcher: ({ path }) => path === "/sign-up/email",
          handler: createAuthMiddleware(async (ctx) => {
            if (String(ctx.body?.email).length > MAX_EMAIL) {
              throw badRequest("INVALID_EMAIL", "Enter a shorter email address.");
            }
            refuseCommon(ctx.body?.password, [ctx.body?.email, ctx.body?.name]);
          }),
        },
        {
          matcher: ({ path }) => path === "/change-password",
          handler: createAuthMiddleware(async (ctx) => {
            refuseCommon(ctx.body?.newPassword, []);
            return { context: { body: { ...ctx.body, revokeOtherSessions: true } } };
          }),
        },
        {
          matcher: ({ path }) => path === "/delete-user",
          handler: createAuthMiddleware(async (ctx) => {
            if (typeof ctx.body?.password === "string" && ctx.body.password !== "") return;
            throw badRequest("PASSWORD_REQUIRED", "Enter your password to delete the account.");
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

/** PostgreSQL can hold neither NUL nor lone surrogates. */
function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}

function isName(name: string): boolean {
  const length = [...name.trim()].length;
  return length >= 1 && length <= MAX_NAME && !/\p{Cc}/u.test(name);
}

function refuseCommon(password: unknown, own: unknown[]): void {
  if (typeof password !== "string" || !isCommonPassword(password, own)) return;
  throw badRequest(
    "PASSWORD_TOO_COMMON",
    "This password is one of the first that others would try. Choose another one.",
  );
}

function badRequest(code: string, message: string): APIError {
  return new APIError("BAD_REQUEST", { code, message });
}
