import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "../api/browser";
import { dataOf } from "../api/client";
import { type TaskPage, type TaskView, taskKeys, viewQuery } from "./view";

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
