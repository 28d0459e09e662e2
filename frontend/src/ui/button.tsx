import type { ComponentProps } from "react";
import { classes } from "./classes";
import { Spinner } from "./icons";

const look = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  quiet: "border border-line bg-card text-ink hover:border-edge",
  plain: "text-ink hover:bg-sunk",
  danger: "border border-danger/40 bg-card text-danger hover:bg-danger-soft",
} as const;

type ButtonLook = keyof typeof look;

/** The classes of a button, for a link that should look like one. */
export function buttonClasses(variant: ButtonLook = "primary", className?: string): string {
  return classes(
    "inline-flex min-h-11 cursor-pointer items-center justify-center gap-2 rounded-xl px-4 text-[0.9375rem] font-medium whitespace-nowrap transition-colors select-none sm:min-h-10",
    "aria-disabled:cursor-progress aria-disabled:opacity-70 disabled:cursor-not-allowed disabled:opacity-50",
    look[variant],
    className,
  );
}

/**
 * A button. While `busy` it keeps its name and its focus, shows a spinner and ignores presses
 * (`aria-disabled` instead of `disabled`, which would drop the keyboard's focus).
 */
export function Button({
  variant = "primary",
  busy = false,
  className,
  onClick,
  children,
  ...rest
}: ComponentProps<"button"> & { variant?: ButtonLook; busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={busy || undefined}
      className={buttonClasses(variant, className)}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

/** A square button that shows only an icon; `label` is its accessible name and its tooltip. */
export function IconButton({
  label,
  className,
  ...rest
}: Omit<ComponentProps<"button">, "aria-label" | "title"> & { label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={classes(
        "inline-grid size-11 shrink-0 cursor-pointer place-items-center rounded-xl text-muted transition-colors hover:bg-sunk hover:text-ink sm:size-9",
        className,
      )}
    />
  );
}
