import type { Item } from "../outbox/write";
import { Field } from "../ui/field";
import type { Noun } from "./noun";

/** Browsers take years of six digits else, the API four. */
const DATE = { type: "date", max: "9999-12-31" };
const TEXT_AREA = { rows: 3, className: "field-sizing-content max-h-72 min-h-20 resize-y py-2.5" };

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
  return (
    <div className={type === "date" ? "max-w-52" : undefined}>
      <Field
        id={`${idPrefix}-${name}`}
        name={name}
        label={label}
        defaultValue={text}
        error={error}
        {...{ textarea: TEXT_AREA, date: DATE, text: { type } }[type]}
      />
    </div>
  );
}
