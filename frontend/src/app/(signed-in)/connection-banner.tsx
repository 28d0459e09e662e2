"use client";

import { useSyncExternalStore } from "react";
import { useOwned } from "../../owned/provider";
import { connection } from "../../session/tab-api";
import { useConnectionLost } from "../../session/use-connection-lost";

/** Says, for as long as it is so, that the connection is lost or that changes could not be saved. */
export function ConnectionBanner() {
  const { outbox } = useOwned();
  const lost = useConnectionLost();
  const heldUp = useSyncExternalStore(outbox.subscribe, outbox.isHeldUp, () => false);
  const tryNow = () => void (lost ? connection().check() : outbox.flush());
  return (
    <div role="status" className="sticky top-0 z-20">
      {(lost || heldUp) && (
        <p className="animate-rise border-b border-warn/25 bg-warn-soft px-4 py-2.5 text-center text-sm font-medium">
          <span className="mr-2.5 inline-block size-2 animate-breathe rounded-full bg-warn" />
          {lost
            ? "Connection lost, changes are kept."
            : "Some changes are kept, but not saved yet."}{" "}
          <button
            type="button"
            onClick={tryNow}
            className="cursor-pointer rounded-md px-1.5 py-1 font-semibold underline underline-offset-4"
          >
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
