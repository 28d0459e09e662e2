"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { Item } from "../outbox/write";
import type { Noun } from "./noun";
import type { View } from "./view";

export type SetView = (change: View, replace?: boolean) => void;

/**
 * The view in the URL. Changing it is a history entry of the same page: Back undoes it, a copied
 * address shows the same, and no request for the page is made. `replace` is for steps that nobody
 * would want to go back through, such as each letter of a search.
 */
export function useView<T extends Item>(noun: Noun<T>): [View, SetView] {
  const search = useSearchParams();
  const view = useMemo(() => noun.parseView((name) => search.get(name)), [noun, search]);
  const setView = useCallback<SetView>(
    (change, replace = false) => {
      const current = new URLSearchParams(location.search);
      const next = { ...noun.parseView((name) => current.get(name)), ...change };
      const url = location.pathname + noun.viewSearch(next);
      if (replace) history.replaceState(null, "", url);
      else history.pushState(null, "", url);
    },
    [noun],
  );
  return [view, setView];
}
