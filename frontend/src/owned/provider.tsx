"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { ApiError } from "../api/errors";
import { dropAcknowledged } from "../outbox/acknowledged";
import { dropDrafts } from "../outbox/drafts";
import { createOutbox, dropOutbox, type Outbox } from "../outbox/outbox";
import { dropExpired } from "../outbox/storage";
import { type Item, keyOf, type Write } from "../outbox/write";
import { reportProblem } from "../session/error-policy";
import { onForget, signOutCost } from "../session/session-end";
import { connection } from "../session/tab-api";
import { type Actions, createActions } from "./actions";
import { giveUp } from "./failed-writes";
import type { FormErrors } from "./fields";
import type { Noun } from "./noun";
import { listKeys, sendWrite } from "./queries";
import { withdrawUndo } from "./undo";

/** A form whose text the server refused: its draft holds the text again. */
type Refused = { form: string; errors: FormErrors };

/** What is one per document and user, whatever page is open. */
type Shared = {
  userId: string;
  client: QueryClient;
  outbox: Outbox;
  start: () => void;
  onRefused: (refused: Refused) => void;
};

type Owned = Pick<Shared, "userId" | "outbox"> & { refused: Refused | undefined };

const OwnedContext = createContext<Owned | undefined>(undefined);

export function useOwned(): Owned {
  const owned = useContext(OwnedContext);
  if (!owned) throw new Error("Render this inside <OwnedProvider>.");
  return owned;
}

export function useActions<T extends Item>(noun: Noun<T>): Actions<T> {
  const { outbox } = useOwned();
  return useMemo(() => createActions(noun, outbox), [noun, outbox]);
}

/** One user's outbox. On every signed-in page, so that what is pending is sent there. */
export function OwnedProvider({
  userId,
  nouns,
  children,
}: {
  userId: string;
  nouns: readonly Noun[];
  children: ReactNode;
}) {
  const client = useQueryClient();
  const [refused, setRefused] = useState<Refused>();
  const [shared] = useState(() => sharedBy(client, userId, nouns));

  useEffect(() => {
    shared.onRefused = setRefused;
    shared.start();
  }, [shared]);

  const { outbox } = shared;
  const value = useMemo(() => ({ userId, outbox, refused }), [userId, outbox, refused]);
  return <OwnedContext value={value}>{children}</OwnedContext>;
}

let current: Shared | undefined;

function sharedBy(client: QueryClient, userId: string, nouns: readonly Noun[]): Shared {
  // On the server each page has its own: nothing is kept there, and nobody's is another's.
  if (typeof window === "undefined") return createShared(client, userId, nouns);
  if (current?.userId !== userId || current.client !== client) {
    current?.outbox.stop();
    current = createShared(client, userId, nouns);
  }
  return current;
}

function createShared(client: QueryClient, userId: string, nouns: readonly Noun[]): Shared {
  const nounOf = (write: Write) => nouns.find(({ name }) => name === write.noun) as Noun;
  const complete = (write: Write) => nounOf(write).complete(write);
  const refresh = ({ noun }: Write) =>
    void client.invalidateQueries({ queryKey: listKeys.all(userId, noun) });

  let signedOut = false;
  const outbox = createOutbox({
    userId,
    isWrite: (value): value is Write => nouns.some((noun) => noun.isWrite(value)),
    isWrong: (write) => nouns.some((noun) => noun.name === write.noun && noun.isWrong(write)),
    send: (write) => sendWrite(nounOf(write), userId, complete(write)),
    onFailed(write, error) {
      // Nothing comes back to this device.
      if (signedOut) return true;
      const noun = nounOf(write);
      const now = complete(outbox.get(write) ?? write);
      const { givenUp, form } = giveUp(noun, userId, complete(write), now, error);
      if (form && error instanceof ApiError) shared.onRefused({ form, errors: error.fields });
      if (givenUp) {
        withdrawUndo(keyOf(write));
        refresh(write);
      }
      const atField = error instanceof ApiError && noun.inForm.some((name) => name in error.fields);
      reportProblem(error, Boolean(form) && atField);
      return givenUp;
    },
    onSentElsewhere: (writes) => writes.forEach(refresh),
  });

  let begun = false;
  function start(): void {
    if (begun) return;
    begun = true;
    dropExpired();
    outbox.start();
    connection().subscribe(() => !connection().isLost() && void outbox.resume());
    onForget((cause) => {
      outbox.stop();
      dropAcknowledged(userId);
      if (cause === "ended") return;
      // What was typed goes only with an explicit sign-out.
      signedOut = true;
      dropDrafts(userId);
      dropOutbox(userId);
    });
    signOutCost.current = async () => {
      const unsent = await unsentAfter(outbox, 2000);
      if (unsent === 0) return undefined;
      const changes = unsent === 1 ? "1 change is" : `${unsent} changes are`;
      return `${changes} only on this device so far and would be lost.`;
    };
  }

  const shared: Shared = { userId, client, outbox, start, onRefused: () => {} };
  return shared;
}

/** How many changes are unsent, once those on their way have had some milliseconds to arrive. */
async function unsentAfter(outbox: Outbox, patience: number): Promise<number> {
  const until = Date.now() + patience;
  while (outbox.countUnsent() > 0 && !connection().isLost() && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return outbox.countUnsent();
}
