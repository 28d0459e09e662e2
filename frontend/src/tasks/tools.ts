import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState } from "react";
import { connection } from "../api/browser";
import { ApiError } from "../api/errors";
import { onForget } from "../auth/session-control";
import { createTaskActions, putTask, type TaskActions } from "./actions";
import { upsertTask } from "./cache";
import { createOutbox, type Outbox, type QueuedTask } from "./outbox";
import { taskKeys } from "./view";

/** A queued task that the server refused, to be put back into its form. */
export type RefusedTask = { task: QueuedTask; error: unknown };

export type TaskTools = { userId: string; actions: TaskActions; outbox: Outbox };

export const TaskToolsContext = createContext<TaskTools | undefined>(undefined);

export function useTools(): TaskTools {
  const tools = useContext(TaskToolsContext);
  if (!tools) throw new Error("Render this inside <TaskToolsContext value={useTaskTools(…)}>.");
  return tools;
}

/** One user's actions and outbox, alive while the page is. */
export function useTaskTools(userId: string, onRefused: (refused: RefusedTask) => void): TaskTools {
  const client = useQueryClient();
  const [tools] = useState(() => createTools(client, userId, onRefused));

  useEffect(() => {
    const { outbox } = tools;
    const flush = () => void outbox.flush().catch(() => {});
    outbox.start().catch(() => {});
    // What a fault of the server has stopped is tried again once in a while.
    const timer = setInterval(() => outbox.read().length > 0 && flush(), 60_000);
    const unwatch = connection().subscribe(() => !connection().isLost() && flush());
    const unforget = onForget(() => outbox.stop());
    return () => {
      clearInterval(timer);
      outbox.stop();
      unwatch();
      unforget();
    };
  }, [tools]);

  return tools;
}

function createTools(
  client: QueryClient,
  userId: string,
  onRefused: (refused: RefusedTask) => void,
): TaskTools {
  const outbox = createOutbox({
    userId,
    send: (task) => putTask(client, userId, task),
    onSent: (task) => upsertTask(client, userId, task),
    isRefusal: (error) => error instanceof ApiError && error.status < 500,
    onRefused: (task, error) => onRefused({ task, error }),
    onSentElsewhere: () => void client.invalidateQueries({ queryKey: taskKeys.all(userId) }),
  });
  return { userId, outbox, actions: createTaskActions(client, userId, outbox) };
}
