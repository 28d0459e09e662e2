import type { QueryClient } from "@tanstack/react-query";
import type { TaskPages } from "./queries";
import { belongs, inOrder, type Task, type TaskView, taskKeys } from "./view";

/** Every cached list of a user. */
function lists(client: QueryClient, userId: string) {
  return client.getQueriesData<TaskPages>({ queryKey: taskKeys.all(userId) });
}

/**
 * Stops answers under way, which may be older than a change that the server has just taken. What
 * is returned asks for them anew; lists that are not on screen are asked for when they are shown.
 */
export async function holdLists(client: QueryClient, userId: string): Promise<() => void> {
  const queryKey = taskKeys.all(userId);
  const refetchType = client.isFetching({ queryKey }) ? "active" : "none";
  await client.cancelQueries({ queryKey });
  return () => void client.invalidateQueries({ queryKey, refetchType });
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
  for (const [key, pages] of lists(client, userId)) {
    if (!pages) continue;
    const next = pages.pages.map((page) => {
      const items = changeItems(page.items, key[2] as TaskView, change);
      return items === page.items ? page : { ...page, items };
    });
    if (next.some((page, index) => page !== pages.pages[index]))
      client.setQueryData<TaskPages>(key, { ...pages, pages: next });
  }
}

/** Replaces a task in every list that has it, and puts it in its place where it now belongs. */
export function upsertTask(client: QueryClient, userId: string, task: Task): void {
  changeTasks(client, userId, (other) => (other.id === task.id ? task : other));
  for (const [key, pages] of lists(client, userId)) {
    const view = key[2] as TaskView;
    if (!pages || !belongs(task, view)) continue;
    if (pages.pages.some((page) => page.items.some((other) => other.id === task.id))) continue;
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

function changeItems(items: Task[], view: TaskView, change: (task: Task) => Task | null): Task[] {
  let changed = false;
  const next = items.flatMap((task) => {
    const result = change(task);
    if (result === task) return [task];
    changed = true;
    return result && belongs(result, view) ? [result] : [];
  });
  return changed ? next : items;
}
