import type { Unsent } from "./item-list";

/** Says of an item whether the server has it yet; nothing if it has. */
export function UnsentMark({ unsent }: { unsent: Unsent }) {
  if (!unsent) return null;
  return (
    <span className="inline-flex items-baseline gap-1.5 text-warn">
      <span className="size-1.5 shrink-0 -translate-y-0.5 animate-breathe rounded-full bg-warn" />
      {unsent === "kept" ? "Kept here, sent as soon as the connection is back" : "Sending"}
    </span>
  );
}
