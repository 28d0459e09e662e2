import { changesOf, isNew, type PendingWrite } from "./pending";
import { belongs, inOrder, type Task, type TaskView } from "./view";

/**
 * What a view shows: the server's tasks with the pending writes laid over them. Changed rows stay
 * in their place, new ones come on top (the latest first), and what comes back or now belongs here
 * goes where it is sorted. Tasks without a pending write keep their identity.
 *
 * @param complete - the server has no further tasks in this view; else what would be sorted behind
 *   the last one is left for its page to bring
 */
export function overlay(
  tasks: readonly Task[],
  writes: readonly PendingWrite[],
  view: TaskView,
  complete: boolean,
): Task[] {
  const rows = new Map(tasks.map((task) => [task.id, task]));
  const coming: Task[] = [];
  for (const write of writes) {
    const known = rows.get(write.task.id);
    const shown = known ? { ...known, ...changesOf(write) } : write.task;
    const isShown = write.method !== "DELETE" && belongs(shown, view);
    if (!isShown) rows.delete(shown.id);
    else if (known) rows.set(shown.id, shown);
    else coming.push(shown);
  }
  const list = [...rows.values()];
  const before = inOrder(view.sort);
  for (const task of coming.filter((each) => !isNew(each))) {
    const at = list.findIndex((other) => before(task, other) < 0);
    if (at >= 0) list.splice(at, 0, task);
    else if (complete) list.push(task);
  }
  return [...coming.filter(isNew).toReversed(), ...list];
}
