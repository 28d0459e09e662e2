"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useOwned } from "../owned/provider";
import { fetched, reportFailedAttempt } from "../session/error-policy";
import { useConnectionLost } from "../session/use-connection-lost";
import { Button } from "../ui/button";
import type { ConfirmDialog } from "../ui/confirm-dialog";

/** Both halves at once, so that no question comes whose answer could not be acted on. */
const loadClearing = () =>
  Promise.all([import("./clear-completed-tasks"), import("../ui/confirm-dialog")]);

/** Deletes what is done, while the server is there; can be undone, or has to be confirmed where there is too much of it. */
export function ClearCompleted() {
  const client = useQueryClient();
  const { outbox } = useOwned();
  const lost = useConnectionLost();
  const [busy, setBusy] = useState(false);
  const [question, setQuestion] = useState<{ limit: number; Dialog: typeof ConfirmDialog }>();

  async function clear(confirmed: boolean): Promise<void> {
    setQuestion(undefined);
    setBusy(true);
    try {
      const parts = await fetched(loadClearing());
      if (!parts) return setBusy(false);
      const [{ clearCompleted, UNDO_LIMIT }, { ConfirmDialog }] = parts;
      const done = await clearCompleted(client, outbox, confirmed);
      if (!done) setQuestion({ limit: UNDO_LIMIT, Dialog: ConfirmDialog });
    } catch (error) {
      reportFailedAttempt(error);
    }
    setBusy(false);
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
      {question && (
        <question.Dialog
          title="Clear completed tasks?"
          keep="Keep them"
          lose="Clear them"
          onKeep={() => setQuestion(undefined)}
          onLose={() => void clear(true)}
        >
          There are more than {question.limit} of them. They are deleted for good; this cannot be
          undone.
        </question.Dialog>
      )}
    </>
  );
}
