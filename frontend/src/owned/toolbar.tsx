"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Item } from "../outbox/write";
import { ChevronIcon, CloseIcon, SearchIcon } from "../ui/action-icons";
import { classes } from "../ui/classes";
import { isComposing } from "../ui/composing";
import type { Noun } from "./noun";
import type { SetView } from "./use-view";
import type { View } from "./view";

/** Filters, search and order, as the noun describes them; all of them live in the URL. */
export function Toolbar<T extends Item>({
  noun,
  view,
  setView,
}: {
  noun: Noun<T>;
  view: View;
  setView: SetView;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2.5">
      {Object.entries(noun.params).map(([name, { labels, key, limit }], index) => {
        const value = view[name] ?? "";
        const set = (next: string, replace?: boolean) => setView({ [name]: next }, replace);
        if (!labels)
          return (
            <SearchBox
              key={name}
              noun={noun.name}
              limit={limit}
              q={value}
              setQ={(q) => set(q, true)}
            />
          );
        const props = { labels, value, set };
        if (index === 0) return <Segments key={name} {...props} />;
        return <Select key={name} label={key ? "Order" : name} atEnd={Boolean(key)} {...props} />;
      })}
    </div>
  );
}

type Choice = {
  labels: Readonly<Record<string, string>>;
  value: string;
  set: (value: string) => void;
};

function Segments({ labels, value, set }: Choice) {
  return (
    <fieldset className="flex rounded-xl bg-sunk p-1">
      <legend className="sr-only">Show</legend>
      {Object.entries(labels).map(([each, label]) => (
        <button
          key={each}
          type="button"
          aria-pressed={value === each}
          onClick={() => set(each)}
          className={classes(
            "min-h-10 cursor-pointer rounded-[0.5625rem] px-3.5 text-sm font-medium sm:min-h-8",
            value === each ? "bg-card text-ink shadow-card" : "text-muted hover:text-ink",
          )}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function Select({ label, atEnd, labels, value, set }: Choice & { label: string; atEnd: boolean }) {
  return (
    <label className={classes("relative flex items-center", atEnd && "ml-auto")}>
      <span className="sr-only">{label}</span>
      <select
        value={value}
        onChange={(event) => set(event.target.value)}
        className="min-h-10 cursor-pointer appearance-none rounded-xl bg-transparent pr-8 pl-3 text-sm font-medium text-muted hover:text-ink"
      >
        {Object.entries(labels).map(([each, text]) => (
          <option key={each} value={each} className="bg-card text-ink">
            {text}
          </option>
        ))}
      </select>
      <Adornment className="right-2.5">
        <ChevronIcon />
      </Adornment>
    </label>
  );
}

function Adornment({ className, children }: { className: string; children: ReactNode }) {
  return (
    <span
      className={`pointer-events-none absolute inset-y-0 grid place-items-center text-muted ${className}`}
    >
      {children}
    </span>
  );
}

/** Searches as one types, once the fingers rest. */
function SearchBox({
  noun,
  limit,
  q,
  setQ,
}: {
  noun: string;
  limit: number | undefined;
  q: string;
  setQ: (q: string) => void;
}) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  const input = useRef<HTMLInputElement>(null);

  // The URL changed by other means: Back, or a shortcut.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each letter starts the pause anew
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      setQ(text);
    }, 180);
    return () => clearTimeout(timer);
  }, [text]);

  function clear(): void {
    setText("");
    input.current?.focus();
  }

  return (
    <div className="relative order-last w-full sm:order-none sm:w-auto sm:min-w-40 sm:max-w-64 sm:grow">
      <Adornment className="left-3">
        <SearchIcon />
      </Adornment>
      <input
        ref={input}
        type="search"
        data-search
        aria-label={`Search ${noun}`}
        placeholder="Search"
        autoComplete="off"
        maxLength={limit}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={({ key, nativeEvent }) =>
          key === "Escape" && !isComposing(nativeEvent) && setText("")
        }
        className="min-h-10 w-full rounded-xl border border-transparent bg-sunk pr-9 pl-9 text-sm placeholder:text-muted hover:border-line [&::-webkit-search-cancel-button]:hidden"
      />
      {text && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={clear}
          className="absolute inset-y-0 right-0 grid w-9 cursor-pointer place-items-center text-muted hover:text-ink"
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}
