"use client";

import { useState } from "react";
import { reportFailedAttempt } from "../../../api/query-client";
import { fetchAllTasks } from "../../../tasks/queries";
import { Button } from "../../../ui/button";
import { toast } from "../../../ui/toast";

/** All tasks of the user as a JSON file, fetched page by page with the user's own pass. */
export function ExportButton({ userId, email }: { userId: string; email: string }) {
  const [busy, setBusy] = useState(false);

  async function download(): Promise<void> {
    setBusy(true);
    try {
      const tasks = await fetchAllTasks(userId);
      const exported_at = new Date().toISOString();
      const text = JSON.stringify({ account: email, exported_at, tasks }, null, 2);
      const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = `gatepass-tasks-${exported_at.slice(0, 10)}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      toast(tasks.length === 1 ? "1 task exported" : `${tasks.length} tasks exported`);
    } catch (error) {
      reportFailedAttempt(error);
    }
    setBusy(false);
  }

  return (
    <Button variant="quiet" busy={busy} onClick={download}>
      Export my tasks
    </Button>
  );
}
