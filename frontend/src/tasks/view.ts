import type { components } from "../api/schema";

export type Task = components["schemas"]["Task"];
export type TaskPage = components["schemas"]["TaskPage"];

/** Which tasks are shown, and in which order: the part of the page's state that the URL holds. */
export type TaskView = { status: "all" | "open" | "done"; q: string; sort: Sort };
export type Sort = "-created_at" | "created_at" | "due_date";

const statuses = ["all", "open", "done"] as const;
const sorts = ["-created_at", "created_at", "due_date"] as const;

/** How many tasks one request brings. */
export const PAGE_SIZE = 50;

/** Reads a view from query parameters; anything unknown falls back to the default. */
export function parseView(get: (name: string) => string | null | undefined): TaskView {
  return {
    status: statuses.find((status) => status === get("status")) ?? "all",
    q: (get("q") ?? "").replaceAll("\0", ""),
    sort: sorts.find((sort) => sort === get("sort")) ?? "-created_at",
  };
}

/** The query string of a view, with its `?`; empty for the default view. */
export function viewSearch({ status, q, sort }: TaskView): string {
  const search = new URLSearchParams();
  if (status !== "all") search.set("status", status);
  if (q) search.set("q", q);
  if (sort !== "-created_at") search.set("sort", sort);
  return search.size ? `?${search}` : "";
}

/** Query parameters of the list request. */
export function viewQuery(view: TaskView, cursor: string | null) {
  return {
    status: view.status,
    sort: view.sort,
    limit: PAGE_SIZE,
    ...(view.q && { q: view.q }),
    ...(cursor && { cursor }),
  };
}

/** Whether a task belongs in a view, as the API decides it. */
export function belongs(task: Task, view: TaskView): boolean {
  if (view.status !== "all" && task.completed !== (view.status === "done")) return false;
  const needle = view.q.toLowerCase();
  return `${task.title}\n${task.description ?? ""}`.toLowerCase().includes(needle);
}

/** The order of a view, as the API sorts: undated tasks come last by due date. */
export function inOrder(sort: Sort): (a: Task, b: Task) => number {
  const by = (key: (task: Task) => string) => (a: Task, b: Task) =>
    key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
  if (sort === "due_date")
    return by((task) => `${task.due_date ?? "9999-99-99"} ${task.created_at}`);
  const oldest = by((task) => task.created_at);
  return sort === "created_at" ? oldest : (a, b) => oldest(b, a);
}

export const taskKeys = {
  all: (userId: string) => ["tasks", userId] as const,
  list: (userId: string, view: TaskView) => ["tasks", userId, view] as const,
};
