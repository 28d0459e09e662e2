import { dataOf } from "../api/client";
import type { components } from "../api/schema";
import { date, flag, prose, text } from "../owned/fields";
import { defineNoun } from "../owned/noun";
import { choice, search } from "../owned/view";
import { api } from "../session/tab-api";

export type Task = components["schemas"]["Task"];

export const ALL = "/api/users/{user_id}/tasks";
const ONE = "/api/users/{user_id}/tasks/{task_id}";
const at = (user_id: string, task_id: string) => ({ path: { user_id, task_id } });

/** The id of the first control of the form for a new one. */
export const NEW_TASK = "new-task";

/** All facts about tasks in the browser; what follows from them is in owned/. */
export const tasks = defineNoun<Task>({
  name: "tasks",
  one: "Task",
  fields: {
    title: text("Title", 200, "Write what is to be done."),
    description: prose("Notes", 5000),
    due_date: date("Due date"),
    completed: flag(),
  },
  params: {
    status: choice(
      { all: "All", open: "Open", done: "Done" },
      {
        matches: ({ completed }, status) => status === "all" || completed === (status === "done"),
      },
    ),
    q: search(200, ({ title, description }) => [title, description]),
    sort: choice(
      { "-created_at": "Newest first", created_at: "Oldest first", due_date: "Due date" },
      {
        key: (task, sort) =>
          sort === "due_date" ? (task.due_date ?? "9999-99-99") : task.created_at,
      },
    ),
  },
  requests: {
    list: (user_id, query, signal) =>
      dataOf(api().GET(ALL, { params: { path: { user_id }, query }, ...(signal && { signal }) })),
    put: (user, id, body) => dataOf(api().PUT(ONE, { params: at(user, id), body })),
    patch: (user, id, body) => dataOf(api().PATCH(ONE, { params: at(user, id), body })),
    remove: (user, id) => api().DELETE(ONE, { params: at(user, id) }),
  },
});
