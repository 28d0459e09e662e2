"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useOwned } from "../owned/provider";
import { reportFailedAttempt } from "../session/report";
import { useConnectionLost } from "../session/use-connection-lost";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { UNDO_LIMIT } from "./task";

/** Deletes what is done, while the server is there; can be undone, or has to be confirmed where there is too much of it. */
export function ClearCompleted() {
  const client = useQueryClient();
  const { outbox } = useOwned();
  const lost = useConnectionLost();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);

  async function clear(confirmed: boolean): Promise<void> {
    setAsking(false);
    setBusy(true);
    const done = await import("./clear-completed-tasks")
      .then(({ clearCompleted }) => clearCompleted(client, outbox, confirmed))
      .catch(reportFailedAttempt);
    setBusy(false);
    setAsking(done === false);
  }

  return (
    <>
      <Button
        variant="plain"
        busy={busy}
        disabled={lost && !busy}
        onClick={() => void clear(false)}
        className="-ml-4 text-sm text-muted"
      >
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
            <Button variant="danger" onClick={() => void clear(true)}>
              Clear them
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
