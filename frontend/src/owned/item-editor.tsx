"use client";

import { type KeyboardEvent, useEffect, useState } from "react";
import { editForm, readDraft } from "../outbox/drafts";
import type { Item } from "../outbox/write";
import { Button } from "../ui/button";
import { isComposing } from "../ui/composing";
import { FormField } from "./form-field";
import type { Noun } from "./noun";
import { useActions, useOwned } from "./provider";
import { isFocusFree, useDraftForm } from "./use-draft-form";

/**
 * Whether an item is being edited: from the start, if there is an edit of it that was never saved,
 * from before the session ended, or one that the server has refused.
 */
export function useEditing(id: string): [boolean, (editing: boolean) => void] {
  const { userId, refused } = useOwned();
  const [editing, setEditing] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a refusal has brought its draft back
  useEffect(() => {
    if (readDraft(userId, editForm(id))) setEditing(true);
  }, [userId, id, refused]);
  return [editing, setEditing];
}

/** The form in which an item is changed, in the item's own row. */
export function ItemEditor<T extends Item>({
  noun,
  item,
  onClose,
}: {
  noun: Noun<T>;
  item: T;
  onClose: () => void;
}) {
  const actions = useActions(noun);
  // As it opened: what arrives meanwhile is no edit of whoever types into another field.
  const [texts] = useState(() => noun.toText(item));
  const { errors, drop, props } = useDraftForm({
    noun,
    name: editForm(item.id),
    isEdit: true,
    onSave(edited) {
      actions.change(item, noun.fromText(edited));
      close();
    },
  });

  useEffect(() => {
    const [first] = noun.inForm;
    const control = first && props.ref.current?.elements.namedItem(first);
    if (control instanceof HTMLElement && isFocusFree()) control.focus();
  }, [noun, props.ref]);

  function close(): void {
    drop();
    onClose();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
      props.ref.current?.requestSubmit();
  }

  return (
    <form
      {...props}
      aria-label={`Edit ${noun.one.toLowerCase()}`}
      onKeyDown={onKeyDown}
      className="grid animate-rise gap-4 rounded-2xl border border-edge bg-card p-4 shadow-card"
    >
      {noun.inForm.map((name) => (
        <FormField
          key={name}
          noun={noun}
          name={name}
          idPrefix={`edit-${item.id}`}
          text={texts[name]}
          error={errors[name]}
        />
      ))}
      <div className="flex gap-2">
        <Button type="submit">Save</Button>
        <Button variant="plain" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
