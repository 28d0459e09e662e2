import type { QueryClient } from "@tanstack/react-query";
import { api } from "../api/browser";
import { dataOf } from "../api/client";
import { ApiError } from "../api/errors";
import { changeTasks, holdLists, upsertTask } from "./cache";
import { fieldsOf, isNew, type PendingWrite } from "./pending";
import type { Task } from "./view";

/** Sends one write. Resolves with what merges the server's answer into the cached lists. */
export async function sendWrite(
  client: QueryClient,
  userId: string,
  write: PendingWrite,
): Promise<() => void> {
  const answer = await request(userId, write);
  const release = await holdLists(client, userId);
  return () => {
    show(client, userId, write, answer);
    release();
  };
}

/** Merges what another tab has sent, as far as it is known here. */
export function showSent(client: QueryClient, userId: string, write: PendingWrite): void {
  const now = new Date().toISOString();
  show(client, userId, write, isNew(write.task) ? { ...write.task, created_at: now } : write.task);
}

function show(client: QueryClient, userId: string, write: PendingWrite, answer: Task): void {
  const { id, created_at } = write.task;
  if (write.method === "DELETE")
    changeTasks(client, userId, (task) => (task.id === id ? null : task));
  // What was put back under its id is new to the server, but stays where it was until the next look.
  else upsertTask(client, userId, { ...answer, created_at: created_at || answer.created_at });
}

async function request(userId: string, write: PendingWrite): Promise<Task> {
  const TASK = "/api/users/{user_id}/tasks/{task_id}";
  const params = { path: { user_id: userId, task_id: write.task.id } };
  switch (write.method) {
    case "PUT":
      return dataOf(api().PUT(TASK, { params, body: fieldsOf(write.task) }));
    case "PATCH":
      return dataOf(api().PATCH(TASK, { params, body: write.changes }));
    case "DELETE":
      await api().DELETE(TASK, { params }).catch(unlessGone);
      return write.task;
  }
}

/** Deleting what is gone is done. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
