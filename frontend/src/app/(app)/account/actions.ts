"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { getAuth } from "../../../server/auth/auth.ts";
import { getSession } from "../../../server/auth/session.ts";

/**
 * Ends one of the caller's sessions. The page knows sessions by their id alone: Better Auth's own
 * endpoint asks for a session's token, and that never goes to the browser's scripts.
 */
export async function endSessionOf(sessionId: string): Promise<void> {
  const incoming = { headers: await headers() };
  const sessions = await getAuth().api.listSessions(incoming);
  const found = sessions.find(({ id }) => id === sessionId);
  if (found) await getAuth().api.revokeSession({ ...incoming, body: { token: found.token } });
  revalidatePath("/account");
}

/** Ends all of the caller's sessions but this one. */
export async function endOtherSessions(): Promise<void> {
  await getAuth().api.revokeOtherSessions({ headers: await headers() });
  revalidatePath("/account");
}

export type PasswordCheck = "right" | "wrong" | "session over" | { wait: number };

/**
 * Whether this is the caller's password. It is asked of the sign-in endpoint, over its handler,
 * because that one counts the attempts of an address; the session which that makes ends at once.
 */
export async function checkPassword(password: string): Promise<PasswordCheck> {
  const session = await getSession();
  if (!session) return "session over";
  const incoming = new Headers(await headers());
  for (const name of ["cookie", "content-length", "next-action"]) incoming.delete(name);
  incoming.set("content-type", "application/json");
  const auth = getAuth();
  const answer = await auth.handler(
    new Request(new URL("/api/auth/sign-in/email", auth.options.baseURL), {
      method: "POST",
      headers: incoming,
      body: JSON.stringify({ email: session.user.email, password, rememberMe: false }),
    }),
  );
  if (answer.status === 429) return { wait: Number(answer.headers.get("x-retry-after")) || 10 };
  if (!answer.ok) return "wrong";
  const { token } = (await answer.json()) as { token: string };
  await auth.api.revokeSession({ headers: await headers(), body: { token } });
  return "right";
}
