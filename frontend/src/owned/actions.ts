import { editForm, removeDraft } from "../outbox/drafts";
import type { Outbox } from "../outbox/outbox";
import { type Changes, difference, type Item, keyOf, type Write } from "../outbox/write";
import type { Noun } from "./noun";
import { offerUndo } from "./undo";

export type Actions<T extends Item> = ReturnType<typeof createActions<T>>;

/**
 * Everything that can be done to a single item. It goes through the outbox: it shows at once, and
 * is undone by a further write. What is deleted is put back under the same id.
 */
export function createActions<T extends Item>(
  { name, one }: Pick<Noun<T>, "name" | "one">,
  outbox: Outbox,
) {
  const put = (item: T): Write<T> => ({ noun: name, method: "PUT", item });

  function patch(item: T, changes: Changes<T>): Write<T> {
    const write = { noun: name, method: "PATCH" as const, item: { ...item, ...changes }, changes };
    outbox.add(write);
    return write;
  }

  function restore(items: T[]): void {
    outbox.add(...items.toReversed().map(put));
  }

  return {
    add: (item: T): void => outbox.add(put(item)),

    /** Changes what differs; `text` says what was done. */
    change(item: T, wanted: Changes<T>, text = `${one} changed`): void {
      const changes = difference(wanted, item);
      if (Object.keys(changes).length === 0) return;
      const before = difference(item, { ...item, ...changes });
      const key = keyOf(patch(item, changes));
      offerUndo({ text, undone: `${text}: undone`, key, run: () => void patch(item, before) });
    },

    remove(item: T): void {
      const write: Write<T> = { noun: name, method: "DELETE", item };
      outbox.add(write);
      removeDraft(outbox.userId, editForm(item.id));
      const run = () => restore([item]);
      offerUndo({ text: `${one} deleted`, undone: `${one} restored`, key: keyOf(write), run });
    },

    /** Remembers that the server has deleted these, and offers to put them back. */
    removed(items: T[], text: string): void {
      for (const item of items) outbox.acknowledge({ noun: name, method: "DELETE", item }, item);
      const undone = `${one}${items.length === 1 ? "" : "s"} restored`;
      offerUndo({ text, undone, key: undefined, run: () => restore(items) });
    },
  };
}
