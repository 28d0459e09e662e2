import { createPassClient, type EndReason, type PassClient } from "gatepass/browser";
import { apiBaseUrl } from "../api/base-url";
import { clearToasts } from "../ui/toast";
import { createTabChannel, type TabChannel } from "./tab-channel";

/** Whose pages this tab shows. */
export type TabUser = { id: string; email: string; name: string };

type BrowserSession = { channel: TabChannel; pass: PassClient };

/** Under which the id of the last user is stored that this tab had a page of. */
const TAB_USER = "gatepass.tab-user";

let user: TabUser | undefined;
let session: BrowserSession | undefined;
let leaving = false;
const forgetters = new Set<(cause: "signed-out" | "ended", userId: string) => void>();

/** The tab's one channel and one pass. Browser only. */
export function browserSession(): BrowserSession {
  if (!session) {
    session = {
      channel: createTabChannel(),
      pass: createPassClient({
        api: apiBaseUrl(),
        userId: () => user?.id,
        onOtherUser: restart,
        onSessionOver,
      }),
    };
  }
  return session;
}

/**
 * Binds this document to the user whose page the server has just rendered. It belongs to one user
 * for good: where a page of another arrives in it, by a link or a form, it is loaded anew; and so
 * is what a sign-in led back to, where the one who searched for it was another.
 */
export function beginSession(next: TabUser): void {
  const former = replaceTabUser(next.id);
  if (former && former !== next.id && (user || location.search)) {
    restart();
    return;
  }
  user = next;
  document.documentElement.dataset.bound = "";
  browserSession();
}

/** Whose page this tab had before, also in another document, where storage can tell. */
function replaceTabUser(id: string): string | undefined {
  try {
    const former = user?.id ?? sessionStorage.getItem(TAB_USER) ?? undefined;
    sessionStorage.setItem(TAB_USER, id);
    return former;
  } catch {
    return user?.id;
  }
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

/** The session is gone: every tab goes to the sign-in page, as `onSessionOver` says. */
export function sessionEnded(reason: EndReason): void {
  browserSession().pass.end(reason);
}

/** In every tab. Back to where it was leads only from what nobody here wished. */
function onSessionOver(reason: EndReason): void {
  const wished = reason === "signed-out";
  const here = location.pathname + location.search;
  const login = `/login?${new URLSearchParams({ reason, ...(!wished && { next: here }) })}`;
  leave(wished ? "signed-out" : "ended", () => location.replace(login));
}

/**
 * Another user is signed in now: loads this page again, as theirs. By reloading, because replacing
 * an address that ends in a fragment by itself would stay in this document.
 */
export function restart(): void {
  leave("ended", () => {
    // What the former user searched for is in the address.
    try {
      history.replaceState(null, "", location.pathname);
    } finally {
      location.reload(); // also where a browser has had enough of changed addresses
    }
  });
}

/**
 * Hides everything at once, forgets it, and leaves by a real navigation, after which nothing is in
 * memory any more.
 */
function leave(cause: "signed-out" | "ended", go: () => void): void {
  if (leaving) return;
  leaving = true;
  document.documentElement.dataset.leaving = "";
  if (user) for (const forget of forgetters) forget(cause, user.id);
  session?.pass.clear();
  clearToasts();
  go();
}
