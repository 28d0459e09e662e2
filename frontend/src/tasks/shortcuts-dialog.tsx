"use client";

import { useState } from "react";
import { Dialog } from "../ui/dialog";
import { singleKeys } from "./shortcuts";

/** What the keys do. */
const shortcutHelp: readonly (readonly [keys: string, meaning: string])[] = [
  ["N", "Write a new task"],
  ["/", "Search"],
  ["J  K", "Next and previous task"],
  ["Space", "Complete or reopen the task"],
  ["E", "Edit the task"],
  ["Delete", "Delete the task"],
  ["U", "Undo the last change"],
  ["?", "This list"],
];

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(singleKeys.on);
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="grid gap-0.5">
        {shortcutHelp.map(([keys, meaning]) => (
          <div
            key={keys}
            className="flex items-center justify-between gap-6 border-b border-line py-2"
          >
            <dt className="order-2 flex gap-1.5">
              {keys.split("  ").map((key) => (
                <kbd
                  key={key}
                  className="min-w-7 rounded-md border border-line bg-sunk px-2 py-0.5 text-center font-mono text-sm"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-5 flex cursor-pointer items-center gap-3 text-[0.9375rem]">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            singleKeys.set(event.target.checked);
            setOn(event.target.checked);
          }}
          className="check"
        />
        Use single keys on this device
      </label>
    </Dialog>
  );
}
