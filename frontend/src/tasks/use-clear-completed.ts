import { useQueryClient } from "@tanstack/react-query";
import { useActions, useOwned } from "../owned/provider";
import { fetchAll, listKeys } from "../owned/queries";
import { toast } from "../ui/toast";
import { deleteCompleted, tasks } from "./task";

/** Above this many, clearing has to be confirmed, because it cannot be offered to undo. */
export const UNDO_LIMIT = 200;

/**
 * Deletes what is done, once everything else has been sent. Answers with false, having done
 * nothing, if it is too much to be put back and that is not `confirmed`.
 */
export function useClearCompleted(): (confirmed: boolean) => Promise<boolean> {
  const { userId, outbox } = useOwned();
  const { removed } = useActions(tasks);
  const client = useQueryClient();

  return (confirmed) =>
    outbox.afterFlush(async () => {
      const view = tasks.parseView((name) => (name === "status" ? "done" : ""));
      const done = await fetchAll(userId, tasks, view, UNDO_LIMIT);
      const many = done.length > UNDO_LIMIT;
      if (many && !confirmed) return false;
      if (done.length === 0) toast("There is nothing to clear", { kind: "undo" });
      else await deleteCompleted(userId);
      if (many) {
        const queryKey = listKeys.all(userId, tasks.name);
        client.removeQueries({ queryKey, type: "inactive" });
        await client.invalidateQueries({ queryKey });
        toast("Completed tasks cleared", { kind: "undo" });
      } else if (done.length > 0) {
        const text = done.length === 1 ? "1 completed task" : `${done.length} completed tasks`;
        removed(done, `${text} cleared`);
      }
      return true;
    });
}
