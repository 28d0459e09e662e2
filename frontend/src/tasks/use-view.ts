"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { parseView, type TaskView, viewSearch } from "./view";

/**
 * The view in the URL. Changing it is a history entry of the same page: Back undoes it, a copied
 * address shows the same, and no request for the page is made. `replace` is for steps that nobody
 * would want to go back through, such as each letter of a search.
 */
export function useView(): [TaskView, (change: Partial<TaskView>, replace?: boolean) => void] {
  const search = useSearchParams();
  const view = useMemo(() => parseView((name) => search.get(name)), [search]);
  const setView = useCallback((change: Partial<TaskView>, replace = false) => {
    const current = new URLSearchParams(location.search);
    const next = { ...parseView((name) => current.get(name)), ...change };
    const url = location.pathname + viewSearch(next);
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }, []);
  return [view, setView];
}
