"use client";

import { useEffect, useRef, useSyncExternalStore } from "react";
import { CloseIcon } from "./action-icons";
import { IconButton } from "./button";
import { classes } from "./classes";
import { dismissToast, type Toast, toastStore } from "./toast";

const none: readonly Toast[] = [];

/** The live region of all toasts. It exists before the first one, or screen readers miss that one. */
export function Toaster() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.read, () => none);
  return (
    <section
      aria-label="Notices"
      aria-live="polite"
      aria-relevant="additions text"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-40 flex flex-col items-center gap-2 sm:right-6 sm:bottom-6 sm:left-auto sm:items-end"
    >
      {toasts.map((entry) => (
        <ToastCard key={entry.id} entry={entry} />
      ))}
    </section>
  );
}

/** Stays 6 s, 10 s with an action; never leaves while it is pointed at or focused. */
function ToastCard({ entry }: { entry: Toast }) {
  const held = useRef({ pointer: false, focus: false });
  const hold = (by: "pointer" | "focus", on: boolean) => () => {
    held.current[by] = on;
  };
  useEffect(() => {
    let left = entry.action ? 10 : 6;
    const timer = setInterval(() => {
      const { pointer, focus } = held.current;
      if (!pointer && !focus && --left <= 0) dismissToast(entry.id);
    }, 1000);
    return () => clearInterval(timer);
  }, [entry]);

  const { action } = entry;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointer and focus only hold the timer
    <div
      onPointerEnter={hold("pointer", true)}
      onPointerLeave={hold("pointer", false)}
      onFocus={hold("focus", true)}
      onBlur={hold("focus", false)}
      className={classes(
        "pointer-events-auto flex w-full max-w-md animate-rise items-center gap-1 rounded-2xl border bg-card py-1.5 pr-1.5 pl-4 text-[0.9375rem] shadow-float sm:w-auto",
        entry.tone === "danger" ? "border-danger/50" : "border-line",
      )}
    >
      <p className="min-w-0 grow py-1 [overflow-wrap:anywhere]">{entry.text}</p>
      {action && (
        <button
          type="button"
          className="min-h-9 cursor-pointer rounded-lg px-3 font-semibold text-accent hover:bg-accent-soft"
          onClick={() => {
            dismissToast(entry.id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton label="Dismiss" onClick={() => dismissToast(entry.id)}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}
