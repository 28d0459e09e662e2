import type { QueryClient } from "@tanstack/react-query";
import { isPassing } from "../api/errors";
import type { Outbox } from "../outbox/outbox";
import type { Item, Write } from "../outbox/write";
import { createActions } from "../owned/actions";
import { fetchAll } from "../owned/fetch-all";
import { listKeys } from "../owned/queries";
import { api } from "../session/tab-api";
import { toast } from "../ui/toast";
import { ALL, tasks } from "./task";

/** Above this many, clearing has to be confirmed, because it cannot be offered to undo. */
export const UNDO_LIMIT = 200;

/**
 * Deletes what is done, once everything else has been sent, and nothing while a change of a task
 * waits. Answers with false, having done nothing, if it is too much to be put back and that is not
 * `confirmed`. Loaded when it is first wanted: it needs the server anyway.
 */
export function clearCompleted(
  client: QueryClient,
  outbox: Outbox,
  confirmed: boolean,
): Promise<boolean> {
  const { userId } = outbox;
  return outbox.afterFlush(async () => {
    const view = tasks.parseView((name) => (name === "status" ? "done" : ""));
    const done = await fetchAll(userId, tasks, view, UNDO_LIMIT);
    // The server takes for done what is open again. A PUT would put back whatever is cleared.
    if (outbox.read().some(({ noun, method }) => noun === tasks.name && method === "PATCH")) {
      toast("Nothing was cleared: some changes are not saved yet", { kind: "not-cleared" });
      return true;
    }
    if (done.length > UNDO_LIMIT) {
      if (!confirmed) return false;
      // Also where its answer was lost: it may have been done.
      await deleteCompleted(userId).finally(() => {
        const queryKey = listKeys.all(userId, tasks.name);
        client.removeQueries({ queryKey, type: "inactive" });
        void client.invalidateQueries({ queryKey });
      });
      toast("Completed tasks cleared", { kind: "undo" });
    } else if (done.length > 0) {
      let cleared = done;
      // What was changed while the answer was awaited is wanted, and a PATCH would meet nothing.
      const leaveChanged = () => {
        const changes = outbox.read().filter(({ noun }) => noun === tasks.name);
        const changed = new Set(changes.map(({ item }) => item.id));
        cleared = done.filter(({ id }) => !changed.has(id));
        const gone = new Set(done.map(({ id }) => id));
        const again = changes.filter(({ method, item }) => method === "PATCH" && gone.has(item.id));
        outbox.add(...again.map(({ item }) => write("PUT", item)));
      };
      await deleteCompleted(userId).then(leaveChanged, (error: unknown) => {
        if (!isPassing(error)) throw error;
        leaveChanged();
        // Nobody knows whether it was done. Done again, it would take what is completed by then.
        outbox.add(...cleared.map((item) => write("DELETE", item)));
      });
      const text = cleared.length === 1 ? "1 completed task" : `${cleared.length} completed tasks`;
      if (cleared.length > 0) createActions(tasks, outbox).removed(cleared, `${text} cleared`);
    } else toast("There is nothing to clear", { kind: "undo" });
    return true;
  });
}

function write(method: "PUT" | "DELETE", item: Item): Write {
  return { noun: tasks.name, method, item };
}

function deleteCompleted(user_id: string): Promise<unknown> {
  return api().DELETE(ALL, { params: { path: { user_id }, query: { status: "done" } } });
}
