import type { QueryClient } from "@tanstack/react-query";
import { api } from "../api/browser";
import { dataOf } from "../api/client";
import { ApiError } from "../api/errors";
import { dismissToast, toast } from "../ui/toast";
import { changeTasks, holdLists, markStale, upsertTask } from "./cache";
import type { Outbox, QueuedTask } from "./outbox";
import { fetchTaskPage } from "./queries";
import { type Task, taskKeys } from "./view";

export type TaskChanges = Partial<Pick<Task, "title" | "description" | "completed" | "due_date">>;
export type TaskActions = ReturnType<typeof createTaskActions>;

/** Above this many, clearing has to be confirmed, because it cannot be offered to undo. */
export const UNDO_LIMIT = 200;

/**
 * Everything that can be done to tasks. Each action shows at once, is sent, and is taken back if
 * it is refused. The writes to one task are sent in their order, one after the other. All are
 * repeatable (PUT, PATCH, DELETE), and what they undo is put back under the same id.
 */
export function createTaskActions(client: QueryClient, userId: string, outbox: Outbox) {
  const pathOf = (id: string) => ({ params: { path: { user_id: userId, task_id: id } } });
  const TASK = "/api/users/{user_id}/tasks/{task_id}";

  /** Shows a change at once and sends it; if it is refused, takes it back and asks for the truth. */
  async function write<T>(
    scope: string,
    show: () => void,
    takeBack: () => void,
    send: () => Promise<T>,
  ): Promise<T> {
    await holdLists(client, userId);
    show();
    const sending = inTurn(client, scope, send);
    sending.then(
      () => markStale(client, userId),
      () => {
        takeBack();
        client.invalidateQueries({ queryKey: taskKeys.all(userId) });
      },
    );
    return sending;
  }

  function change(task: Task, changes: TaskChanges): Promise<void> {
    if (outbox.has(task.id))
      return outbox.put({ ...queued(task), ...changes }).catch((error) => {
        outbox.takeBack(queued(task));
        throw error;
      });
    return write(
      task.id,
      () =>
        changeTasks(client, userId, (other) =>
          other.id === task.id ? { ...other, ...changes } : other,
        ),
      () => upsertTask(client, userId, task),
      () => dataOf(api().PATCH(TASK, { ...pathOf(task.id), body: changes })),
    ).then((saved) => {
      if (!client.isMutating({ predicate: ({ options }) => options.scope?.id === task.id }))
        changeTasks(client, userId, (other) => (other.id === task.id ? (saved as Task) : other));
    });
  }

  const actions = {
    add: (task: QueuedTask): Promise<void> => outbox.put(task),

    async setCompleted(task: Task, completed: boolean): Promise<void> {
      const offer = offerUndo(completed ? "Task completed" : "Task reopened", () =>
        change({ ...task, completed }, { completed: task.completed }),
      );
      await change(task, { completed }).catch(withdraw(offer));
    },

    async edit(task: Task, changes: TaskChanges): Promise<void> {
      await change(task, changes);
      const { title, description, due_date } = task;
      offerUndo("Task changed", () =>
        change({ ...task, ...changes }, { title, description, due_date }),
      );
    },

    async remove(task: Task): Promise<void> {
      if (outbox.has(task.id)) outbox.drop(task.id);
      const offer = offerUndo("Task deleted", () => restore([task]));
      await write(
        task.id,
        () => changeTasks(client, userId, (other) => (other.id === task.id ? null : other)),
        () => upsertTask(client, userId, task),
        () => api().DELETE(TASK, pathOf(task.id)).catch(unlessGone),
      ).catch(withdraw(offer));
    },

    /** The completed tasks, as long as they could all be put back. */
    async completedTasks(): Promise<Task[] | "too many"> {
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
      return found.length > UNDO_LIMIT ? "too many" : found;
    },

    async clearCompleted(restorable: Task[] | undefined): Promise<void> {
      await write(
        "clear",
        () => changeTasks(client, userId, (task) => (task.completed ? null : task)),
        () => {
          for (const task of restorable ?? []) upsertTask(client, userId, task);
        },
        () =>
          api().DELETE("/api/users/{user_id}/tasks", {
            params: { path: { user_id: userId }, query: { status: "done" } },
          }),
      );
      if (!restorable) toast("Completed tasks cleared", { kind: "undo" });
      else
        offerUndo(
          restorable.length === 1
            ? "1 completed task cleared"
            : `${restorable.length} completed tasks cleared`,
          () => restore(restorable),
        );
    },
  };

  async function restore(tasks: Task[]): Promise<void> {
    await Promise.all(
      tasks.toReversed().map((task) =>
        write(
          task.id,
          () => upsertTask(client, userId, task),
          () => changeTasks(client, userId, (other) => (other.id === task.id ? null : other)),
          () => dataOf(api().PUT(TASK, { ...pathOf(task.id), body: bodyOf(task) })),
        ),
      ),
    );
    toast(tasks.length === 1 ? "Task restored" : "Tasks restored", { kind: "undo" });
  }

  return actions;
}

/** Sends one queued task. */
export function putTask(client: QueryClient, userId: string, task: QueuedTask): Promise<Task> {
  const path = { user_id: userId, task_id: task.id };
  return inTurn(client, task.id, () =>
    dataOf(
      api().PUT("/api/users/{user_id}/tasks/{task_id}", { params: { path }, body: bodyOf(task) }),
    ),
  );
}

/** Runs `send` as a mutation after the earlier ones of its scope. A 422 is shown at its field. */
function inTurn<T>(client: QueryClient, scope: string, send: () => Promise<T>): Promise<T> {
  const mutation = client.getMutationCache().build<T, Error, void, unknown>(client, {
    scope: { id: scope },
    mutationFn: send,
    meta: { showsFields: true },
  });
  return mutation.execute();
}

function bodyOf({ title, description, completed, due_date }: QueuedTask) {
  return { title, description, completed, due_date };
}

function queued({ id, title, description, completed, due_date }: Task): QueuedTask {
  return { id, title, description, completed, due_date };
}

function offerUndo(text: string, undo: () => Promise<void>): number {
  // What fails has been reported by the query client's policy.
  const run = () => void undo().catch(() => {});
  return toast(text, { kind: "undo", action: { label: "Undo", run } });
}

/** What was refused cannot be undone. */
function withdraw(offer: number): (error: unknown) => never {
  return (error) => {
    dismissToast(offer);
    throw error;
  };
}

/** Deleting what is gone is done. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
