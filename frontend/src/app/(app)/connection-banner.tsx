"use client";

import { connection } from "../../session/servers";
import { useConnectionLost } from "../../session/use-connection-lost";

/** Says that the connection is lost for as long as it is. */
export function ConnectionBanner() {
  const lost = useConnectionLost();
  return (
    <div role="status" className="sticky top-0 z-20">
      {lost && (
        <p className="animate-rise border-b border-warn/25 bg-warn-soft px-4 py-2.5 text-center text-sm font-medium">
          <span className="mr-2.5 inline-block size-2 animate-breathe rounded-full bg-warn" />
          Connection lost, retrying. Task changes are kept.{" "}
          <button
            type="button"
            onClick={() => void connection().check()}
            className="cursor-pointer rounded-md px-1.5 py-1 font-semibold underline underline-offset-4"
          >
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
