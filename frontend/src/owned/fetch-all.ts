import type { Page } from "../outbox/optimistic-list";
import type { Item } from "../outbox/write";
import type { Noun } from "./noun";
import { fetchPage } from "./queries";
import type { View } from "./view";

/** Everything that a view shows, page after page; stops once there are more than `limit`. */
export async function fetchAll<T extends Item>(
  userId: string,
  noun: Noun<T>,
  view: View,
  limit = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await fetchPage(userId, noun, view, cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length <= limit);
  return items;
}
