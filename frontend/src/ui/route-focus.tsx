"use client";

import { usePathname } from "next/navigation";
import { useEffect } from "react";

let arrived = false;

/**
 * After a change of page without a reload the focus goes to the new page's main part, as it would
 * after a reload; the first page of a document is left alone, so that the skip link comes first.
 *
 * Next announces the new title in a `role="alert"` of its own. A change of page is none: it would
 * interrupt, and say twice what the moved focus says. It becomes a polite status.
 */
export function RouteFocus() {
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once per path
  useEffect(() => {
    if (arrived) document.getElementById("main")?.focus();
    arrived = true;
    const timer = setTimeout(() => {
      const host = document.querySelector("next-route-announcer");
      const announcer = host?.shadowRoot?.firstElementChild;
      announcer?.setAttribute("role", "status");
      announcer?.setAttribute("aria-live", "polite");
    });
    return () => clearTimeout(timer);
  }, [path]);
  return null;
}
