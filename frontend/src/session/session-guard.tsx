"use client";

import { useEffect } from "react";
import { backoff } from "../api/connection";
import { failureOf, isPassing } from "../api/errors";
import { beginSession, browserSession, restart, type TabUser } from "./session-end";
import { connection } from "./tab-api";

/** After this long out of sight, the session is asked for when the tab is seen again. */
const CHECK_AFTER = 20_000;

/** The longest pause between two attempts to renew the pass while the issuer is away. */
const LONGEST_PAUSE = 60_000;

/**
 * Binds the tab to its user, keeps its pass fresh, and follows what happens to the session
 * elsewhere: in another tab, on another device, or while this page lay in the back-forward cache.
 */
export function SessionGuard({ user }: { user: TabUser }) {
  const { id, email, name } = user;

  useEffect(() => {
    beginSession({ id, email, name });
    const { channel, pass } = browserSession();
    let timer: ReturnType<typeof setTimeout>;
    let hiddenAt = 0;
    let failures = 0;
    let stopped = false;

    /** Failures are left to the next request; the end of the session says so by itself. */
    const onFailure = () => {};
    const announce = () => channel.send({ type: "here", userId: id });
    const keepFresh = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const pause = await pass.token().then(untilStale, pauseAfter);
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(keepFresh, pause);
    };
    const untilStale = () => {
      failures = 0;
      return Math.max(1000, pass.freshFor());
    };
    const pauseAfter = (error: unknown) => {
      const failure = failureOf(error);
      const askedFor = isPassing(failure) ? (failure.retryAfter ?? 0) * 1000 : 0;
      // Says so on the page, where a person can have it tried at once.
      if (isPassing(failure)) connection().lost(askedFor);
      return Math.max(askedFor, backoff(failures++, 1000, LONGEST_PAUSE));
    };
    const onVisibility = () => {
      if (document.hidden) {
        hiddenAt = Date.now();
        clearTimeout(timer);
      } else if (Date.now() - hiddenAt > CHECK_AFTER) {
        pass.check().catch(onFailure).finally(keepFresh);
      } else keepFresh();
    };
    // Into the back-forward cache only unseen; out of it only through the server.
    const onPageHide = (event: PageTransitionEvent) => {
      if (event.persisted) document.documentElement.dataset.leaving = "";
    };
    const onPageShow = (event: PageTransitionEvent) => {
      if (event.persisted) location.reload();
    };

    const unwatch = connection().subscribe(() => {
      if (failures > 0 && !connection().isLost()) void keepFresh();
    });
    const unlisten = channel.on((message) => {
      if (message.type === "check") pass.check().then(announce, onFailure);
      else if (message.type === "signed-in" || message.type === "here") {
        if (message.userId !== id) restart();
      }
    });
    // Also after a sign-in by a plain form post, which could tell nobody.
    announce();
    timer = setTimeout(keepFresh, 300);
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("pagehide", onPageHide);
    window.addEventListener("pageshow", onPageShow);
    return () => {
      stopped = true;
      clearTimeout(timer);
      unlisten();
      unwatch();
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("pagehide", onPageHide);
      window.removeEventListener("pageshow", onPageShow);
    };
  }, [id, email, name]);

  return null;
}
