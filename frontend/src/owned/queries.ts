import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import type { Page } from "../outbox/optimistic-list";
import type { Item } from "../outbox/write";
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
