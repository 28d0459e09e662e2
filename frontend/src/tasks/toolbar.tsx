"use client";

import { useEffect, useRef, useState } from "react";
import { ChevronIcon, CloseIcon, SearchIcon } from "../ui/action-icons";
import { classes } from "../ui/classes";
import type { Sort, TaskView } from "./view";

const filters = { all: "All", open: "Open", done: "Done" } as const;
const orders: Record<Sort, string> = {
  "-created_at": "Newest first",
  created_at: "Oldest first",
  due_date: "Due date",
};

type SetView = (change: Partial<TaskView>, replace?: boolean) => void;

/** Filter, search and order; all three live in the URL. */
export function Toolbar({ view, setView }: { view: TaskView; setView: SetView }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2.5">
      <fieldset className="flex rounded-xl bg-sunk p-1">
        <legend className="sr-only">Show</legend>
        {Object.entries(filters).map(([status, label]) => (
          <button
            key={status}
            type="button"
            aria-pressed={view.status === status}
            onClick={() => setView({ status: status as TaskView["status"] })}
            className={classes(
              "min-h-10 cursor-pointer rounded-[0.5625rem] px-3.5 text-sm font-medium sm:min-h-8",
              view.status === status ? "bg-card text-ink shadow-card" : "text-muted hover:text-ink",
            )}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <SearchBox q={view.q} setView={setView} />
      <label className="relative ml-auto flex items-center">
        <span className="sr-only">Order</span>
        <select
          value={view.sort}
          onChange={(event) => setView({ sort: event.target.value as Sort })}
          className="min-h-10 cursor-pointer appearance-none rounded-xl bg-transparent pr-8 pl-3 text-sm font-medium text-muted hover:text-ink"
        >
          {Object.entries(orders).map(([sort, label]) => (
            <option key={sort} value={sort} className="bg-card text-ink">
              {label}
            </option>
          ))}
        </select>
        <span className="pointer-events-none absolute right-2.5 text-muted">
          <ChevronIcon />
        </span>
      </label>
    </div>
  );
}

/** Searches as one types, once the fingers rest. */
function SearchBox({ q, setView }: { q: string; setView: SetView }) {
  const [text, setText] = useState(q);
  const sent = useRef(q);

  // The URL changed by other means: Back, or a shortcut.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      setView({ q: text }, true);
    }, 180);
    return () => clearTimeout(timer);
  }, [text, setView]);

  return (
    <div className="relative order-last w-full sm:order-none sm:w-auto sm:min-w-40 sm:max-w-64 sm:grow">
      <span className="pointer-events-none absolute inset-y-0 left-3 grid place-items-center text-muted">
        <SearchIcon />
      </span>
      <input
        id="search-tasks"
        type="search"
        aria-label="Search tasks"
        placeholder="Search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
        className="min-h-10 w-full rounded-xl border border-transparent bg-sunk pr-9 pl-9 text-sm placeholder:text-muted hover:border-line [&::-webkit-search-cancel-button]:hidden"
      />
      {text && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => {
            setText("");
            document.getElementById("search-tasks")?.focus();
          }}
          className="absolute inset-y-0 right-0 grid w-9 cursor-pointer place-items-center text-muted hover:text-ink"
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}
