"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { connection } from "../api/browser";
import { ApiError } from "../api/errors";
import { reportProblem } from "../api/query-client";
import { onForget } from "../session/session-control";
import { createTaskActions, type TaskActions } from "./actions";
import { giveBack, isGivenUp } from "./failures";
import type { TaskErrors } from "./fields";
import { createOutbox, type Outbox } from "./outbox";
import { sendWrite, showSent } from "./send";
import { taskKeys } from "./view";

/** A form whose text the server refused: its draft holds the text again. */
export type Refused = { form: string; errors: TaskErrors };

export type TaskTools = {
  userId: string;
  actions: TaskActions;
  outbox: Outbox;
  refused: Refused | undefined;
};

const TaskToolsContext = createContext<TaskTools | undefined>(undefined);

export function useTools(): TaskTools {
  const tools = useContext(TaskToolsContext);
  if (!tools) throw new Error("Render this inside <TaskToolsProvider>.");
  return tools;
}

/** One user's actions and outbox. On every signed-in page, so that what is pending is sent there. */
export function TaskToolsProvider({ userId, children }: { userId: string; children: ReactNode }) {
  const client = useQueryClient();
  const [refused, setRefused] = useState<Refused>();
  const [tools] = useState(() => createTools(client, userId, setRefused));

  useEffect(() => {
    const { outbox } = tools;
    outbox.start();
    // What a fault of the server has stopped is tried again once in a while.
    const timer = setInterval(() => outbox.read().length > 0 && outbox.flush(), 60_000);
    const unwatch = connection().subscribe(() => !connection().isLost() && outbox.flush());
    const unforget = onForget(() => outbox.stop());
    return () => {
      clearInterval(timer);
      outbox.stop();
      unwatch();
      unforget();
    };
  }, [tools]);

  const value = useMemo(() => ({ ...tools, refused }), [tools, refused]);
  return <TaskToolsContext value={value}>{children}</TaskToolsContext>;
}

function createTools(client: QueryClient, userId: string, onRefused: (refused: Refused) => void) {
  const refresh = () => void client.invalidateQueries({ queryKey: taskKeys.all(userId) });
  const outbox = createOutbox({
    userId,
    send: (write) => sendWrite(client, userId, write),
    onFailed(write, error) {
      const { id } = write.task;
      const now = outbox.get(id) ?? write;
      const givenUp = isGivenUp(userId, write, error);
      const text = write.method === "PUT" ? now : write;
      const form = givenUp && now.method === write.method && giveBack(userId, text);
      if (form && error instanceof ApiError) onRefused({ form, errors: error.fields });
      if (givenUp) {
        actions.withdrawUndo(id);
        refresh();
      }
      reportProblem(error, Boolean(form) && error instanceof ApiError && error.status === 422);
      return givenUp;
    },
    onSentElsewhere(writes) {
      for (const write of writes) showSent(client, userId, write);
      refresh();
    },
  });
  const actions = createTaskActions(client, userId, outbox);
  return { userId, outbox, actions };
}
