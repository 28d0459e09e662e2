"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { describeProblem } from "../api/query-client";
import { useConnectionLost } from "../api/use-connection-lost";
import { Button } from "../ui/button";
import { useToday } from "./due";
import { overlay } from "./overlay";
import { isNew, type PendingWrite } from "./pending";
import { type TaskPages, taskListOptions } from "./queries";
import { TaskRow, type Unsent } from "./task-row";
import { useTools } from "./tools";
import { belongs, type Task, type TaskView } from "./view";

const none: readonly PendingWrite[] = [];

/** The tasks of one view, page after page as one scrolls, with what is on its way laid over them. */
export function TaskList({ view, away }: { view: TaskView; away: boolean }) {
  const { userId, outbox } = useTools();
  const today = useToday();
  const lost = useConnectionLost();
  const writes = useSyncExternalStore(outbox.subscribe, outbox.read, () => none);
  const list = useInfiniteQuery({
    ...taskListOptions(userId, view),
    // Until the answer is there: what is already known and fits.
    placeholderData: (before: TaskPages | undefined) => before && narrowed(before, view),
  });
  const { data, error, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = list;
  const nextFailed = list.isFetchNextPageError ? error : undefined;

  // One flat list, by id: a row keeps its element, and so its focus, when its task has been sent.
  const tasks = useMemo(
    () =>
      overlay(data?.pages.flatMap((page) => page.items) ?? [], writes, view, hasNextPage !== true),
    [data, writes, view, hasNextPage],
  );
  const pending = new Set(writes.map((write) => write.task.id));
  function unsent(task: Task): Unsent {
    if (!pending.has(task.id)) return undefined;
    // A change of what the server knows arrives before anybody could read this.
    return lost ? "kept" : isNew(task) ? "sending" : undefined;
  }

  const empty = tasks.length === 0;
  return (
    <>
      {!empty && (
        <ul
          aria-label="Tasks"
          aria-busy={isPlaceholderData}
          className="grid grid-cols-[minmax(0,1fr)]"
        >
          {tasks.map((task) => (
            <TaskRow
              key={task.id}
              task={task}
              today={today}
              unsent={unsent(task)}
              leavesWhenToggled={view.status !== "all"}
            />
          ))}
        </ul>
      )}
      {hasNextPage && !isPlaceholderData && (
        <NextPage
          busy={isFetchingNextPage}
          failure={nextFailed}
          onReached={() => void fetchNextPage()}
        />
      )}
      {!data && error && <ListProblem error={error} onRetry={() => void list.refetch()} />}
      {((!data && !error) || (empty && isPlaceholderData)) && (away ? <Away /> : <Skeleton />)}
      {empty && data && !isPlaceholderData && !hasNextPage && <EmptyList view={view} />}
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
  const failed = failure !== undefined;
  const end = useRef<HTMLDivElement>(null);
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
      {failed && !busy && <Failure error={failure} />}
      <Button variant={failed ? "quiet" : "plain"} busy={busy} onClick={onReached}>
        {busy ? "Loading more" : failed ? "Try again" : "Show more"}
      </Button>
    </div>
  );
}

function EmptyList({ view }: { view: TaskView }) {
  if (view.q)
    return (
      <Blank title={`Nothing matches “${view.q}”`}>
        Search looks at titles and notes. Try fewer letters.
      </Blank>
    );
  if (view.status === "done")
    return <Blank title="Nothing done yet">Tick a task and it moves here.</Blank>;
  if (view.status === "open")
    return <Blank title="All clear">There is nothing left to do. Enjoy it.</Blank>;
  return (
    <Blank title="A clean page">
      Write your first task above and press Enter. It is yours alone.
    </Blank>
  );
}

/** That the rest of a list could not be loaded. */
function Failure({ error }: { error: unknown }) {
  const { title, text, requestId } = describeProblem(error);
  return (
    <p role="alert" className="text-sm text-muted">
      There are more tasks, but they could not be loaded. {title}. {text}
      {requestId && ` Reference: ${requestId}`}
    </p>
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
function Away() {
  return (
    <Blank title="Your tasks are out of reach for a moment" role="status">
      The service that keeps them does not answer. They are safe; this page goes on by itself as
      soon as it is back. You can already write new ones.
    </Blank>
  );
}

function Blank({
  title,
  role,
  children,
}: {
  title: string;
  role?: "alert" | "status";
  children: ReactNode;
}) {
  return (
    <div role={role} className="mx-auto max-w-sm px-4 py-16 text-center">
      <h2 className="text-lg font-semibold tracking-[-0.01em]">{title}</h2>
      <div className="mt-2 text-muted">{children}</div>
    </div>
  );
}

const widths = ["w-3/5", "w-2/5", "w-1/2", "w-1/3"];

function Skeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading tasks</span>
      {widths.map((width) => (
        <div key={width} className="flex items-center gap-3.5 border-b border-line py-4.5 pl-1">
          <div className="size-5 animate-breathe rounded-md bg-line" />
          <div className={`h-3.5 animate-breathe rounded-full bg-line ${width}`} />
        </div>
      ))}
    </div>
  );
}

function narrowed(before: TaskPages, view: TaskView): TaskPages {
  return {
    ...before,
    pages: before.pages.map((page) => ({
      ...page,
      items: page.items.filter((task) => belongs(task, view)),
    })),
  };
}
