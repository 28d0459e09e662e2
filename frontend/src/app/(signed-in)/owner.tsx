"use client";

import type { ReactNode } from "react";
import { nouns } from "../../nouns";
import { OwnedProvider } from "../../owned/provider";

/** Everything inside belongs to this user. */
export function Owner({ userId, children }: { userId: string; children: ReactNode }) {
  return (
    <OwnedProvider userId={userId} nouns={nouns}>
      {children}
    </OwnedProvider>
  );
}
