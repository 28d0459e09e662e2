import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { optimisticList, type Page, takenSince } from "../outbox/optimistic-list";
import type { Acknowledged, Item, Write } from "../outbox/write";
import type { Noun } from "./noun";
import { useOwned } from "./provider";
import { listKeys, listOptions, type Pages } from "./queries";
import type { View } from "./view";

/** The page that the server has made; `made` names it, `page` is null if the API did not answer. */
export type FirstPage<T> = { view: View; page: Page<T> | null; made: string };

const noWrites: readonly Write[] = [];
const nothingTaken: readonly Acknowledged[] = [];

/** The items of one view: the server's, over them what it has taken since, and what is on its way. */
export function useItems<T extends Item>(noun: Noun<T>, view: View, first: FirstPage<T>) {
  const { userId, outbox } = useOwned();
  const client = useQueryClient();
  const writes = useSyncExternalStore(outbox.subscribe, outbox.read, () => noWrites);
  const taken = useSyncExternalStore(outbox.subscribe, outbox.taken, () => nothingTaken);
  const { at, asked } = arrivalOf(first.made);
  const data = useMemo(() => firstPages(first, asked), [first, asked]);
  const isFirst = JSON.stringify(first.view) === JSON.stringify(view);

  const list = useInfiniteQuery({
    ...listOptions(userId, noun, view),
    ...(isFirst && data && { initialData: data, initialDataUpdatedAt: at }),
    // Until the answer is there: what is already known and fits.
    placeholderData: (before: Pages<T> | undefined) =>
      before && narrowed(before, noun.placement(view).belongs),
  });

  // A page that came later than what is in the cache takes its place.
  useEffect(() => {
    const queryKey = listKeys.one(userId, noun.name, first.view);
    if (data && at > (client.getQueryState(queryKey)?.dataUpdatedAt ?? 0))
      client.setQueryData<Pages<T>>(queryKey, data, { updatedAt: at });
  }, [client, userId, noun, first, data, at]);

  const complete = list.hasNextPage !== true;
  // One flat list, by id: a row keeps its element, and so its focus, when its item has been sent.
  const items = useMemo(() => {
    const pages = list.data?.pages ?? [];
    const own = (write: Write): Write<T>[] =>
      write.noun === noun.name ? [noun.complete(write as Write<T>)] : [];
    return optimisticList(
      pages.flatMap((page) => page.items),
      takenSince(taken, pages).flatMap((each) =>
        own(each.write).map((write) => ({ ...each, write })),
      ),
      writes.flatMap(own),
      noun.placement(view),
      complete,
    );
  }, [list.data, taken, writes, noun, view, complete]);

  return { list, items, writes };
}

/** How long a page may be on its way by a link, in milliseconds. */
const ON_ITS_WAY = 10_000;

const arrivals = new Map<string, { at: number; asked: number }>();

/**
 * When this browser first saw a page of the server's, and from when on it may be, in milliseconds
 * since this document began: a page that was kept for Back is as old as that. No clock but the
 * browser's own is asked.
 */
function arrivalOf(made: string): { at: number; asked: number } {
  const at = Date.now();
  if (typeof window === "undefined") return { at, asked: 0 };
  const known = arrivals.get(made);
  if (known) return known;
  const asked = arrivals.size === 0 ? 0 : Math.max(0, performance.now() - ON_ITS_WAY);
  const arrival = { at, asked };
  arrivals.set(made, arrival);
  return arrival;
}

function firstPages<T>({ page }: FirstPage<T>, asked_at: number): Pages<T> | undefined {
  return page ? { pages: [{ ...page, asked_at }], pageParams: [null] } : undefined;
}

function narrowed<T>(before: Pages<T>, belongs: (item: T) => boolean): Pages<T> {
  const pages = before.pages.map((page) => ({ ...page, items: page.items.filter(belongs) }));
  return { ...before, pages };
}
