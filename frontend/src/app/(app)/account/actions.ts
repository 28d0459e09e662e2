"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { getAuth } from "../../../server/auth/auth.ts";

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
