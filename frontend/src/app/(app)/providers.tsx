"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { connection } from "../../api/browser";
import { createQueryClient } from "../../api/query-client";
import { onForget, signOutCost } from "../../session/session-control";
import { dropDrafts } from "../../tasks/drafts";
import { countUnsent, dropOutbox } from "../../tasks/outbox";
import { Toaster } from "../../ui/toaster";
import { ConnectionBanner } from "./connection-banner";

/** The caches and live regions of the signed-in part. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);

  // Caches go with every session; what was typed goes only with an explicit sign-out.
  useEffect(
    () =>
      onForget((cause, userId) => {
        client.clear();
        if (cause === "ended") return;
        dropDrafts(userId);
        dropOutbox(userId);
      }),
    [client],
  );

  useEffect(() => {
    signOutCost.current = async (userId) => {
      const unsent = await unsentAfter(userId, 2000);
      if (unsent === 0) return undefined;
      const changes = unsent === 1 ? "1 change is" : `${unsent} changes are`;
      return `${changes} only on this device so far and would be lost.`;
    };
  }, []);

  // Whatever failed for want of a connection is asked for again when it is back.
  useEffect(
    () =>
      connection().subscribe(() => {
        if (connection().isLost() || !connection().wasAway()) return;
        void client.refetchQueries({ predicate: ({ state }) => state.status === "error" });
      }),
    [client],
  );

  return (
    <QueryClientProvider client={client}>
      <ConnectionBanner />
      {children}
      <Toaster />
    </QueryClientProvider>
  );
}

/** How many changes are unsent, once those on their way have had some milliseconds to arrive. */
async function unsentAfter(userId: string, patience: number): Promise<number> {
  const until = Date.now() + patience;
  while (countUnsent(userId) > 0 && !connection().isLost() && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return countUnsent(userId);
}
