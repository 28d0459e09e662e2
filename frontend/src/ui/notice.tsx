import type { ReactNode } from "react";
import { classes } from "./classes";

const tones = {
  info: "bg-accent-soft text-ink before:bg-accent",
  warn: "bg-warn-soft text-ink before:bg-warn",
  danger: "bg-danger-soft text-ink before:bg-danger",
} as const;

/** A quiet box in the flow of the page. Give it `role="alert"` or `"status"` if it can appear later. */
export function Notice({
  tone = "info",
  role,
  id,
  className,
  children,
}: {
  tone?: keyof typeof tones;
  role?: "alert" | "status";
  id?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div
      id={id}
      role={role}
      className={classes(
        "relative overflow-hidden rounded-xl py-3 pr-4 pl-5 text-sm leading-relaxed before:absolute before:inset-y-0 before:left-0 before:w-1",
        tones[tone],
        className,
      )}
    >
      {children}
    </div>
  );
}
