"use client";

import { useState } from "react";
import { nouns } from "../../../nouns";
import { fetchAll } from "../../../owned/fetch-all";
import { reportFailedAttempt } from "../../../session/error-policy";
import { Button } from "../../../ui/button";
import { toast } from "../../../ui/toast";

/** Everything the user owns as one JSON file, fetched page by page with the user's own pass. */
export function ExportButton({ userId, email }: { userId: string; email: string }) {
  const [busy, setBusy] = useState(false);

  async function download(): Promise<void> {
    setBusy(true);
    try {
      const exported_at = new Date().toISOString();
      const all: Record<string, unknown> = { account: email, exported_at };
      const said: string[] = [];
      for (const noun of nouns) {
        const oldestFirst = { ...noun.parseView(() => ""), sort: "created_at" };
        const items = await fetchAll(userId, noun, oldestFirst);
        all[noun.name] = items;
        said.push(`${items.length} ${noun.one.toLowerCase()}${items.length === 1 ? "" : "s"}`);
      }
      save(all, `gatepass-${exported_at.slice(0, 10)}.json`);
      toast(`${said.join(", ")} exported`);
    } catch (error) {
      reportFailedAttempt(error);
    }
    setBusy(false);
  }

  return (
    <Button variant="quiet" busy={busy} onClick={download}>
      {`Export my ${nouns.map(({ name }) => name).join(" and ")}`}
    </Button>
  );
}

function save(content: unknown, name: string): void {
  const text = JSON.stringify(content, null, 2);
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
