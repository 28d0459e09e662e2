import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "../api/browser";
import { dataOf } from "../api/client";
import { NetworkError } from "../api/errors";
import { dropOutbox } from "./outbox";
import { type Task, type TaskPage, type TaskView, taskKeys, viewQuery } from "./view";

export type TaskPages = InfiniteData<TaskPage, string | null>;

/** One view of a user's tasks, page by page. */
export const taskListOptions = (userId: string, view: TaskView) =>
  infiniteQueryOptions({
    queryKey: taskKeys.list(userId, view),
    queryFn: ({ pageParam, signal }) => fetchTaskPage(userId, view, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: TaskPage) => page.next_cursor,
    // A long list is refetched page after page: only do that unasked while it is short.
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 4,
  });

export function fetchTaskPage(
  userId: string,
  view: TaskView,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<TaskPage> {
  const request = api().GET("/api/users/{user_id}/tasks", {
    params: { path: { user_id: userId }, query: viewQuery(view, cursor) },
    ...(signal && { signal }),
  });
  return dataOf(request);
}

/** Every task of a user, oldest first. */
export async function fetchAllTasks(userId: string): Promise<Task[]> {
  const view: TaskView = { status: "all", q: "", sort: "created_at" };
  const tasks: Task[] = [];
  let cursor: string | null = null;
  do {
    const page: TaskPage = await fetchTaskPage(userId, view, cursor);
    tasks.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return tasks;
}

/**
 * Deletes every task of a user, also what has not been sent yet. Asks whether the API is there first, and gives up after ten seconds
 * instead of waiting out an outage.
 */
export async function deleteAllTasks(userId: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  try {
    await api().GET("/api/me", { signal });
    dropOutbox(userId);
    await api().DELETE("/api/users/{user_id}/tasks", {
      params: { path: { user_id: userId } },
      signal,
    });
  } catch (error) {
    throw signal.aborted ? new NetworkError(error) : error;
  }
}
