"use client";

import { useSyncExternalStore } from "react";
import { connection } from "../../api/browser";

/** Says that the connection is lost for as long as it is. */
export function ConnectionBanner() {
  const lost = useSyncExternalStore(
    (listener) => connection().subscribe(listener),
    () => connection().isLost(),
    () => false,
  );
  return (
    <div role="status" className="sticky top-0 z-20">
      {lost && (
        <p className="flex animate-rise items-center justify-center gap-2.5 border-b border-warn/25 bg-warn-soft px-4 py-2.5 text-center text-sm font-medium">
          <span className="size-2 animate-breathe rounded-full bg-warn" />
          Connection lost, retrying. New tasks are kept.
        </p>
      )}
    </div>
  );
}
