"use client";

import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { UNDO_LIMIT } from "./clear-completed-tasks";

/** Asks before a clearing that cannot be undone. */
export function ClearCompletedDialog({
  onKeep,
  onClear,
}: {
  onKeep: () => void;
  onClear: () => void;
}) {
  return (
    <Dialog title="Clear completed tasks?" onClose={onKeep}>
      <p className="text-muted">
        There are more than {UNDO_LIMIT} of them. They are deleted for good; this cannot be undone.
      </p>
      <div className="mt-6 flex justify-end gap-2">
        <Button variant="plain" onClick={onKeep}>
          Keep them
        </Button>
        <Button variant="danger" onClick={onClear}>
          Clear them
        </Button>
      </div>
    </Dialog>
  );
}
