import type { Item } from "../outbox/write";
import { Field, FieldError, inputClasses } from "../ui/field";
import type { Noun } from "./noun";

/** One field of a noun in a form, as its description asks for it. */
export function FormField<T extends Item>({
  noun,
  name,
  idPrefix,
  text,
  error,
}: {
  noun: Noun<T>;
  name: string;
  idPrefix: string;
  text?: string | undefined;
  error: string | undefined;
}) {
  const { label, type } = noun.control(name) ?? { label: name, type: "text" };
  const id = `${idPrefix}-${name}`;
  if (type !== "textarea")
    return (
      <div className={type === "date" ? "max-w-52" : undefined}>
        <Field id={id} name={name} label={label} type={type} defaultValue={text} error={error} />
      </div>
    );
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        name={name}
        rows={3}
        defaultValue={text}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        className={`${inputClasses} field-sizing-content max-h-72 min-h-20 resize-y py-2.5`}
      />
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
    </div>
  );
}
