import type { Task } from "../../src/tasks/task";

/** A task that the server has, created in the order of the ids. */
export const task = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  title: id,
  description: null,
  completed: false,
  due_date: null,
  created_at: `2026-01-01T00:00:0${id}Z`,
  updated_at: "2026-01-01T00:00:00Z",
  ...more,
});
