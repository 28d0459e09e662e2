import { useSyncExternalStore } from "react";
import { connection } from "./tab-api";

/** Whether the servers are out of reach, as far as this tab knows. */
export function useConnectionLost(): boolean {
  return useSyncExternalStore(
    (listener) => connection().subscribe(listener),
    () => connection().isLost(),
    () => false,
  );
}
