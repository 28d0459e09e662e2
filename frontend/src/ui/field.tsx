import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

const inputClasses =
  "block w-full min-h-11 rounded-xl border border-edge bg-card px-3.5 text-base text-ink placeholder:text-muted " +
  "aria-invalid:border-danger focus-visible:border-accent focus-visible:outline-offset-0";

/** An error message; announced when it appears, and tied to its field by `aria-describedby`. */
export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} role="alert" className="text-sm font-medium text-danger">
      {children}
    </p>
  );
}

type FieldProps = Omit<ComponentProps<"input">, "id"> & {
  label: string;
  id: string;
  error?: string | undefined;
  hint?: ReactNode;
  /** A control inside the field's right edge. */
  trailing?: ReactNode;
  /** How many lines of text there is room for at first; a single one if it is not said. */
  rows?: number;
};

/** A labelled input, or text area, with its hint and its error. */
export function Field({ label, id, error, hint, trailing, className, ...rest }: FieldProps) {
  const Control = (rest.rows ? "textarea" : "input") as "input";
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <Control
          {...rest}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={classes(inputClasses, Boolean(trailing) && "pr-12", className)}
        />
        {trailing && (
          <div className="absolute inset-y-0 right-1 grid place-items-center">{trailing}</div>
        )}
      </div>
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint && (
        <div id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </div>
      )}
    </div>
  );
}
