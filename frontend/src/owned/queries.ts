import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import { isGone } from "../api/errors";
import type { Page } from "../outbox/optimistic-list";
import type { Item, Write } from "../outbox/write";
import type { Noun } from "./noun";
import type { View } from "./view";

export type Pages<T> = InfiniteData<Page<T>, string | null>;

export const listKeys = {
  all: (userId: string, noun: string) => [noun, userId] as const,
  one: (userId: string, noun: string, view: View) => [noun, userId, view] as const,
};

/** One view of a user's items, page by page. */
export const listOptions = <T extends Item>(userId: string, noun: Noun<T>, view: View) =>
  infiniteQueryOptions({
    queryKey: listKeys.one(userId, noun.name, view),
    queryFn: ({ pageParam, signal }) => fetchPage(userId, noun, view, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<T>) => page.next_cursor,
    // A long list is refetched page after page: only do that unasked while it is short.
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 4,
  });

/** One page of a view, as the server has it now. */
export async function fetchPage<T extends Item>(
  userId: string,
  noun: Noun<T>,
  view: View,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const asked_at = performance.now();
  const page = await noun.requests.list(userId, noun.query(view, cursor), signal);
  return { ...page, asked_at };
}

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
