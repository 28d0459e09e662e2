import type { QueryClient } from "@tanstack/react-query";
import type { TaskPages } from "./queries";
import { belongs, inOrder, type Task, type TaskView, taskKeys } from "./view";

/** Every cached list of a user. */
function lists(client: QueryClient, userId: string) {
  return client.getQueriesData<TaskPages>({ queryKey: taskKeys.all(userId) });
}

/** Stops answers under way from overwriting a change; a list without any data goes on loading. */
export function holdLists(client: QueryClient, userId: string): Promise<void> {
  return client.cancelQueries({
    queryKey: taskKeys.all(userId),
    predicate: (query) => query.state.data !== undefined,
  });
}

/** Lists that are not on screen are asked for anew when they are shown. */
export function markStale(client: QueryClient, userId: string): void {
  void client.invalidateQueries({ queryKey: taskKeys.all(userId), refetchType: "none" });
}

/**
 * Applies `change` to every cached task; null takes it out. A changed task also leaves the lists
 * in which it does not belong any more. Tasks without a change keep their identity, so that only
 * the row concerned is rendered again.
 */
export function changeTasks(
  client: QueryClient,
  userId: string,
  change: (task: Task) => Task | null,
): void {
  editLists(client, userId, (items, view) => {
    let changed = false;
    const next = items.flatMap((task) => {
      const result = change(task);
      if (result === task) return [task];
      changed = true;
      return result && belongs(result, view) ? [result] : [];
    });
    return changed ? next : items;
  });
}

/** Puts a task in its place in every list where it belongs, or replaces it there. */
export function upsertTask(client: QueryClient, userId: string, task: Task): void {
  changeTasks(client, userId, (other) => (other.id === task.id ? null : other));
  for (const [key, pages] of lists(client, userId)) {
    const view = key[2] as TaskView;
    if (!pages || !belongs(task, view)) continue;
    const before = inOrder(view.sort);
    const at = pages.pages.findIndex(
      (page) => page.next_cursor === null || page.items.some((other) => before(task, other) < 0),
    );
    const next = pages.pages.map((page, index) =>
      index === at ? { ...page, items: [...page.items, task].sort(before) } : page,
    );
    if (at >= 0) client.setQueryData<TaskPages>(key, { ...pages, pages: next });
  }
}

function editLists(
  client: QueryClient,
  userId: string,
  edit: (items: Task[], view: TaskView) => Task[],
): void {
  for (const [key, pages] of lists(client, userId)) {
    if (!pages) continue;
    const next = pages.pages.map((page) => {
      const items = edit(page.items, key[2] as TaskView);
      return items === page.items ? page : { ...page, items };
    });
    if (next.some((page, index) => page !== pages.pages[index]))
      client.setQueryData<TaskPages>(key, { ...pages, pages: next });
  }
}
