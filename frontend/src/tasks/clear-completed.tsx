"use client";

import { useState } from "react";
import { reportFailedAttempt } from "../api/query-client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { UNDO_LIMIT } from "./actions";
import { useTools } from "./tools";

/** Deletes what is done; can be undone, or has to be confirmed where there is too much of it. */
export function ClearCompleted() {
  const { actions } = useTools();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);

  async function clear(): Promise<void> {
    setBusy(true);
    const done = await actions.completedTasks().catch(reportFailedAttempt);
    setBusy(false);
    if (done === "too many") setAsking(true);
    else if (done?.length === 0) toast("There is nothing to clear", { kind: "undo" });
    else if (done) actions.clearCompleted(done).catch(() => {});
  }

  return (
    <>
      <Button variant="plain" busy={busy} onClick={clear} className="text-sm text-muted">
        Clear completed
      </Button>
      {asking && (
        <Dialog title="Clear completed tasks?" onClose={() => setAsking(false)}>
          <p className="text-muted">
            There are more than {UNDO_LIMIT} of them. They are deleted for good; this cannot be
            undone.
          </p>
          <div className="mt-6 flex justify-end gap-2">
            <Button variant="plain" onClick={() => setAsking(false)}>
              Keep them
            </Button>
            <Button
              variant="danger"
              onClick={() => {
                setAsking(false);
                actions.clearCompleted(undefined).catch(() => {});
              }}
            >
              Clear them
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
