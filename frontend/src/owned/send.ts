import { isGone } from "../api/errors";
import type { Item, Write } from "../outbox/write";
import type { Noun } from "./noun";

/** Sends one write. Resolves with the item as the server has it now. */
export async function sendWrite<T extends Item>(
  { requests, body }: Pick<Noun<T>, "requests" | "body">,
  userId: string,
  write: Write<T>,
): Promise<T> {
  const { id } = write.item;
  switch (write.method) {
    case "PUT":
      return requests.put(userId, id, body(write.item));
    case "PATCH":
      return requests.patch(userId, id, write.changes);
    case "DELETE":
      await requests.remove(userId, id).catch(unlessGone);
      return write.item;
  }
}

/** Deleting what is gone is done. */
function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
