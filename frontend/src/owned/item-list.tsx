"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { describeProblem, problemLine } from "../api/error-texts";
import { type Item, isNew, keyOf } from "../outbox/write";
import { useConnectionLost } from "../session/use-connection-lost";
import { Blank } from "../ui/blank";
import { Button } from "../ui/button";
import type { Noun } from "./noun";
import { type FirstPage, useItems } from "./use-items";
import type { View } from "./view";

/** Whether the server has an item as it is shown: on its way, or waiting for the connection. */
export type Unsent = "sending" | "kept" | undefined;

/** The items of one view, page after page as one scrolls, or why there are none. */
export function ItemList<T extends Item>({
  noun,
  view,
  first,
  empty,
  children,
}: {
  noun: Noun<T>;
  view: View;
  first: FirstPage<T>;
  /** Where nothing is in the view. */
  empty: ReactNode;
  children: (item: T, unsent: Unsent) => ReactNode;
}) {
  const lost = useConnectionLost();
  const { list, items, writes } = useItems(noun, view, first);
  const { data, error, hasNextPage, isPlaceholderData } = list;
  const pending = new Set(writes.map(keyOf));
  const isEmpty = items.length === 0;

  function unsent(item: T): Unsent {
    if (!pending.has(`${noun.name}:${item.id}`)) return undefined;
    // A change of what the server knows arrives before anybody could read this.
    return lost ? "kept" : isNew(item) ? "sending" : undefined;
  }

  return (
    <>
      {!isEmpty && (
        <ul
          aria-label={`${noun.one}s`}
          aria-busy={isPlaceholderData}
          className="grid grid-cols-[minmax(0,1fr)]"
        >
          {items.map((item) => children(item, unsent(item)))}
        </ul>
      )}
      {hasNextPage && !isPlaceholderData && (
        <NextPage
          busy={list.isFetchingNextPage}
          failure={list.isFetchNextPageError ? error : undefined}
          onReached={() => void list.fetchNextPage()}
        />
      )}
      {!data && error && <ListProblem error={error} onRetry={() => void list.refetch()} />}
      {((!data && !error) || (isEmpty && isPlaceholderData)) &&
        (first.page || isPlaceholderData ? (
          <Skeleton noun={noun.name} />
        ) : (
          <Away noun={noun.name} />
        ))}
      {/* There before its text, or screen readers miss that nothing was found. */}
      <div role="status">{isEmpty && data && !isPlaceholderData && !hasNextPage && empty}</div>
    </>
  );
}

/**
 * Asks for more a screen before its end is reached; a button for those who do not scroll. What
 * could not be loaded is asked for again by the button alone.
 */
function NextPage({
  busy,
  failure,
  onReached,
}: {
  busy: boolean;
  failure: unknown;
  onReached: () => void;
}) {
  const end = useRef<HTMLDivElement>(null);
  const failed = failure !== undefined;
  useEffect(() => {
    if (!end.current || busy || failed) return;
    const observer = new IntersectionObserver(
      // A fast scroll delivers leaving and arriving together: the last entry counts.
      (entries) => entries.at(-1)?.isIntersecting && onReached(),
      { rootMargin: "0px 0px 800px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [busy, failed, onReached]);
  return (
    <div ref={end} className="grid place-items-center gap-2 py-6 text-center">
      {failed && !busy && (
        <p role="alert" className="text-sm text-muted">
          There is more, but it could not be loaded. {problemLine(failure)}
        </p>
      )}
      <Button variant={failed ? "quiet" : "plain"} busy={busy} onClick={onReached}>
        {busy ? "Loading more" : failed ? "Try again" : "Show more"}
      </Button>
    </div>
  );
}

function ListProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, text, requestId } = describeProblem(error);
  return (
    <Blank title={title} role="alert">
      {text}
      {requestId && <span className="mt-2 block font-mono text-sm">Reference: {requestId}</span>}
      <span className="mt-5 block">
        <Button variant="quiet" onClick={onRetry}>
          Try again
        </Button>
      </span>
    </Blank>
  );
}

/** The server could not reach the API while it made this page. */
function Away({ noun }: { noun: string }) {
  return (
    <Blank title={`Your ${noun} are out of reach for a moment`} role="status">
      The service that keeps them does not answer. They are safe; this page goes on by itself as
      soon as it is back. You can already write new ones.
    </Blank>
  );
}

const widths = ["w-3/5", "w-2/5", "w-1/2", "w-1/3"];

function Skeleton({ noun }: { noun: string }) {
  return (
    <div role="status">
      <span className="sr-only">Loading {noun}</span>
      {widths.map((width) => (
        <div key={width} className="flex items-center gap-3.5 border-b border-line py-4.5 pl-1">
          <div className="size-5 animate-breathe rounded-md bg-line" />
          <div className={`h-3.5 animate-breathe rounded-full bg-line ${width}`} />
        </div>
      ))}
    </div>
  );
}
