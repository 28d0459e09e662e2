import type { Task } from "./view";

/** What a person can change about a task. */
export type TaskFields = Pick<Task, "title" | "description" | "completed" | "due_date">;

/**
 * What was done to one task and is not answered by the server yet: what is sent, and the task as
 * it looks with it (for DELETE: as it looked before). Sending one twice is harmless.
 */
export type PendingWrite =
  | { method: "PUT"; task: Task }
  | { method: "PATCH"; task: Task; changes: Partial<TaskFields> }
  | { method: "DELETE"; task: Task };

/** A task that the server has never seen: it has no place in time yet. */
export function newTask(id: string, fields: Omit<TaskFields, "completed">): Task {
  return { id, ...fields, completed: false, created_at: "", updated_at: "" };
}

export const isNew = (task: Task): boolean => task.created_at === "";

export function fieldsOf({ title, description, completed, due_date }: Task): TaskFields {
  return { title, description, completed, due_date };
}

/** Those of `fields` that `other` has not, or has otherwise. */
export function difference(
  fields: Partial<TaskFields>,
  other: Partial<TaskFields>,
): Partial<TaskFields> {
  const differs = ([name, value]: [string, unknown]) => other[name as keyof TaskFields] !== value;
  return Object.fromEntries(Object.entries(fields).filter(differs));
}

/** One write that does what `before` and then `next` would have done to a task. */
export function merge(before: PendingWrite | undefined, next: PendingWrite): PendingWrite {
  if (!before || next.method !== "PATCH") return next;
  const task = { ...before.task, ...next.changes };
  if (before.method === "PUT") return { method: "PUT", task };
  if (before.method === "DELETE") return before;
  return { method: "PATCH", task, changes: { ...before.changes, ...next.changes } };
}

/** What a write changes, as it is sent. */
export function changesOf(write: PendingWrite): Partial<TaskFields> {
  return write.method === "PATCH" ? write.changes : fieldsOf(write.task);
}

/** What of `now` is still to be sent when the server has taken `sent`, an earlier state of it. */
export function remaining(
  now: PendingWrite | undefined,
  sent: PendingWrite,
): PendingWrite | undefined {
  if (!now || now.method !== sent.method) return now;
  const changes = difference(changesOf(now), changesOf(sent));
  if (now.method === "DELETE" || isEmpty(changes)) return undefined;
  return { method: "PATCH", task: now.task, changes };
}

/** A write that was read from storage, where anything may be. */
export function isPendingWrite(value: unknown): value is PendingWrite {
  if (!isRecord(value) || !isTask(value.task)) return false;
  if (value.method === "PATCH") return isRecord(value.changes);
  return value.method === "PUT" || value.method === "DELETE";
}

function isTask(value: unknown): value is Task {
  if (!isRecord(value)) return false;
  const texts = [value.id, value.title, value.created_at, value.updated_at];
  const optional = [value.description, value.due_date];
  return (
    texts.every((text) => typeof text === "string") &&
    optional.every((text) => text === null || typeof text === "string") &&
    typeof value.completed === "boolean"
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
