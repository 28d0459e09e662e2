import type { EndReason } from "../api/errors";
import { clearToasts } from "../ui/toast";
import { createTabChannel, type TabChannel } from "./tabs";
import { createPassKeeper, type PassKeeper } from "./token";

/** Whose pages this tab shows. */
export type SessionUser = { id: string; email: string; name: string };

type BrowserSession = { channel: TabChannel; pass: PassKeeper };

let user: SessionUser | undefined;
let session: BrowserSession | undefined;
let leaving = false;
let signingOut = false;
const forgetters = new Set<(cause: "signed-out" | "ended", userId: string) => void>();

/** The tab's one channel and one pass keeper. Browser only. */
export function browserSession(): BrowserSession {
  if (!session) {
    const channel = createTabChannel();
    session = {
      channel,
      pass: createPassKeeper({ userId: () => user?.id, channel, onOtherUser: () => restart() }),
    };
  }
  return session;
}

export function currentUser(): SessionUser | undefined {
  return user;
}

/** Binds this tab to the user whose page the server has just rendered. */
export function beginSession(next: SessionUser): void {
  user = next;
  browserSession();
}

/**
 * Registers what must be forgotten when a session is over: caches in any case, unsaved text only
 * on an explicit sign-out.
 */
export function onForget(forget: (cause: "signed-out" | "ended", userId: string) => void) {
  forgetters.add(forget);
  return () => {
    forgetters.delete(forget);
  };
}

/** What signing out would cost, as a sentence; undefined if nothing. Set by whoever keeps something. */
export const signOutCost: { current: (userId: string) => Promise<string | undefined> } = {
  current: async () => undefined,
};

/** While `request` signs out, the end of the session is no surprise and nothing to report. */
export async function whileSigningOut(request: () => Promise<unknown>): Promise<void> {
  signingOut = true;
  await request().finally(() => {
    signingOut = false;
  });
}

/** After a successful sign-out: every tab goes to the sign-in page. */
export function sessionSignedOut(tell = true): void {
  if (tell && user) browserSession().channel.send({ type: "signed-out", userId: user.id });
  leave("signed-out", "/login?reason=signed-out");
}

/** The session is gone: every tab goes to the sign-in page and can come back to where it was. */
export function sessionEnded(reason: EndReason, tell = true): void {
  if (signingOut) return;
  if (tell && user) browserSession().channel.send({ type: "ended", userId: user.id, reason });
  const here = location.pathname + location.search;
  leave("ended", `/login?${new URLSearchParams({ reason, next: here })}`);
}

/** Another user is signed in now: loads this page again, as theirs. */
export function restart(): void {
  leave("ended", location.href);
}

/**
 * Hides everything at once, forgets it, and leaves by a real navigation, after which nothing is in
 * memory any more.
 */
function leave(cause: "signed-out" | "ended", url: string): void {
  if (leaving) return;
  leaving = true;
  document.documentElement.dataset.leaving = "";
  if (user) for (const forget of forgetters) forget(cause, user.id);
  session?.pass.clear();
  clearToasts();
  location.replace(url);
}
