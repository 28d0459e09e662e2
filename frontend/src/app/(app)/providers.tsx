"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { connection } from "../../api/browser";
import { createQueryClient } from "../../api/query-client";
import { onForget } from "../../auth/session-control";
import { dropDrafts } from "../../tasks/drafts";
import { dropOutbox } from "../../tasks/outbox";
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

  // Whatever failed for want of a connection is asked for again when it is back.
  useEffect(
    () =>
      connection().subscribe(() => {
        if (connection().isLost()) return;
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
