import type { QueryClient } from "@tanstack/react-query";
import { api } from "../api/browser";
import { dismissToast, toast } from "../ui/toast";
import { changeTasks, holdLists } from "./cache";
import type { Outbox } from "./outbox";
import { difference, fieldsOf, type TaskFields } from "./pending";
import { fetchTaskPage } from "./queries";
import type { Task } from "./view";

export type TaskActions = ReturnType<typeof createTaskActions>;

/** Above this many, clearing has to be confirmed, because it cannot be offered to undo. */
export const UNDO_LIMIT = 200;

/**
 * Everything that can be done to tasks. What is done to a single one goes through the outbox: it
 * shows at once, and is undone by a further write. What is deleted is put back under the same id.
 */
export function createTaskActions(client: QueryClient, userId: string, outbox: Outbox) {
  let offered: { toast: number; taskId: string | undefined } | undefined;

  function change(task: Task, changes: Partial<TaskFields>): void {
    outbox.add({ method: "PATCH", task: { ...task, ...changes }, changes });
  }

  function restore(tasks: Task[]): void {
    outbox.add(...tasks.toReversed().map((task) => ({ method: "PUT" as const, task })));
    toast(tasks.length === 1 ? "Task restored" : "Tasks restored", { kind: "undo" });
  }

  function offerUndo(text: string, run: () => void, taskId?: string): void {
    offered = { toast: toast(text, { kind: "undo", action: { label: "Undo", run } }), taskId };
  }

  return {
    add: (task: Task): void => outbox.add({ method: "PUT", task }),

    setCompleted(task: Task, completed: boolean): void {
      const undo = () => change(task, { completed: task.completed });
      change(task, { completed });
      offerUndo(completed ? "Task completed" : "Task reopened", undo, task.id);
    },

    edit(task: Task, { title, description, due_date }: Omit<TaskFields, "completed">): void {
      const changes = difference({ title, description, due_date }, task);
      if (Object.keys(changes).length === 0) return;
      change(task, changes);
      const before = difference(fieldsOf(task), { ...fieldsOf(task), ...changes });
      offerUndo("Task changed", () => change(task, before), task.id);
    },

    remove(task: Task): void {
      outbox.add({ method: "DELETE", task });
      offerUndo("Task deleted", () => restore([task]), task.id);
    },

    /** What was refused cannot be undone. */
    withdrawUndo(taskId: string): void {
      if (offered?.taskId === taskId) dismissToast(offered.toast);
    },

    /**
     * Deletes what is done, once everything else has been sent. Answers with false, having done
     * nothing, if it is too much to be put back and that is not `confirmed`.
     */
    clearCompleted(confirmed: boolean): Promise<boolean> {
      return outbox.afterFlush(async () => {
        const done = await completedTasks(userId);
        const many = done.length > UNDO_LIMIT;
        if (many && !confirmed) return false;
        if (done.length > 0) await deleteCompleted(client, userId);
        const text = done.length === 1 ? "1 completed task" : `${done.length} completed tasks`;
        if (done.length === 0) toast("There is nothing to clear", { kind: "undo" });
        else if (many) toast("Completed tasks cleared", { kind: "undo" });
        else offerUndo(`${text} cleared`, () => restore(done));
        return true;
      });
    },
  };
}

/** The completed tasks, until there are too many to put them all back. */
async function completedTasks(userId: string): Promise<Task[]> {
  const found: Task[] = [];
  let cursor: string | null = null;
  do {
    const page = await fetchTaskPage(
      userId,
      { status: "done", q: "", sort: "-created_at" },
      cursor,
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && found.length <= UNDO_LIMIT);
  return found;
}

async function deleteCompleted(client: QueryClient, userId: string): Promise<void> {
  await api().DELETE("/api/users/{user_id}/tasks", {
    params: { path: { user_id: userId }, query: { status: "done" } },
  });
  const release = await holdLists(client, userId);
  changeTasks(client, userId, (task) => (task.completed ? null : task));
  release();
}
