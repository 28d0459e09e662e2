import type { BetterAuthPlugin } from "better-auth";

/** What the pages, an operator's probe and other clients of this site use. */
const OFFERED = new Set([
  "/change-password",
  "/delete-user",
  "/gatepass/token",
  "/get-session",
  "/list-sessions",
  "/ok",
  "/revoke-other-sessions",
  "/revoke-session",
  "/revoke-sessions",
  "/sign-in/email",
  "/sign-out",
  "/sign-up/email",
  "/update-user",
]);

/**
 * Better Auth plugin: its other endpoints answer 404. It has some for features that are off here,
 * and not all of them are harmless: `/verify-password` would let a stolen session guess the
 * password.
 */
export const offeredEndpoints = () =>
  ({
    id: "offered-endpoints",
    async onRequest({ url }, { baseURL }) {
      const path = new URL(url).pathname.slice(new URL(baseURL).pathname.length);
      if (OFFERED.has(path)) return;
      const body = { code: "NOT_FOUND", message: "There is nothing at this address." };
      return { response: Response.json(body, { status: 404 }) };
    },
  }) satisfies BetterAuthPlugin;
