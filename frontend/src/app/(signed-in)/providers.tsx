"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { nouns } from "../../nouns";
import { OwnedProvider } from "../../owned/provider";
import { onForget } from "../../session/session-end";
import { connection } from "../../session/tab-api";
import { Toaster } from "../../ui/toaster";
import { createQueryClient } from "./query-client";

/** The cache and the live regions of the signed-in part. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);

  useEffect(() => onForget(() => client.clear()), [client]);

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
      {children}
      <Toaster />
    </QueryClientProvider>
  );
}

/** Everything inside belongs to this user. */
export function Owner({ userId, children }: { userId: string; children: ReactNode }) {
  return (
    <OwnedProvider userId={userId} nouns={nouns}>
      {children}
    </OwnedProvider>
  );
}
