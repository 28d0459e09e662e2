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
  const needle = folded(view.q);
  return [task.title, task.description ?? ""].some((text) => folded(text).includes(needle));
}

/** Without case as the API compares: Unicode's full folding, so that `ß` is found by `SS`. */
function folded(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

/** The order of a view, as the API sorts: undated tasks come last by due date, ids break ties. */
export function inOrder(sort: Sort): (a: Task, b: Task) => number {
  const key = (task: Task) =>
    `${sort === "due_date" ? (task.due_date ?? "9999-99-99") : task.created_at} ${task.id}`;
  const direction = sort === "-created_at" ? -1 : 1;
  return (a, b) => (key(a) < key(b) ? -direction : key(a) > key(b) ? direction : 0);
}

export const taskKeys = {
  all: (userId: string) => ["tasks", userId] as const,
  list: (userId: string, view: TaskView) => ["tasks", userId, view] as const,
};
