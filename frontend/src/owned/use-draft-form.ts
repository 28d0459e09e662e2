import { type FormEvent, useEffect, useRef, useState } from "react";
import { dropDraft, restoreDraft, saveDraft } from "../outbox/drafts";
import type { Item } from "../outbox/write";
import type { FormErrors, FormText } from "./fields";
import type { Noun } from "./noun";
import { useOwned } from "./provider";

type Options<T extends Item> = {
  noun: Noun<T>;
  /** The form's name among the drafts. */
  name: string;
  /** It is opened with something in it: what differs from that has been edited. */
  isEdit: boolean;
  /** Gets what was typed into a new form, or what was edited; whoever takes it drops the draft. */
  onSave: (texts: FormText) => void;
  /** A draft is back in the form; `refused` if the server found fault with a field of it. */
  onRestored?: (texts: FormText, refused: boolean) => void;
};

/**
 * A form of which the browser loses nothing: what is typed is kept as a draft until it is saved,
 * and is back when the form is opened again, with the reason at its field if the server refused it.
 * An edit saves only what was edited, compared with what was in the form when it opened.
 */
export function useDraftForm<T extends Item>({ noun, name, isEdit, onSave, ...rest }: Options<T>) {
  const { userId, refused } = useOwned();
  const form = useRef<HTMLFormElement>(null);
  const opened = useRef<FormText>(undefined);
  const onRestored = useRef(rest.onRestored);
  const [errors, setErrors] = useState<FormErrors>({});

  // What was typed before the session ended, or before this script ran, or was refused.
  useEffect(() => {
    if (!form.current) return;
    const shown = read(noun, form.current);
    opened.current ??= isEdit ? shown : {};
    if (!isEdit && Object.values(shown).some((text) => text)) return;
    const draft = restoreDraft(userId, name);
    if (!draft) return;
    fill(form.current, draft);
    // What the server refused is edited, although the form may have opened with it.
    for (const field of Object.keys(draft)) delete opened.current[field];
    const refusal = refused?.form === name ? refused.errors : undefined;
    if (refusal) setErrors(refusal);
    const isAtField = noun.inForm.some((field) => refusal?.[field]);
    onRestored.current?.(draft, isAtField);
  }, [noun, userId, name, isEdit, refused]);

  function edited(element: HTMLFormElement): FormText {
    const texts = Object.entries(read(noun, element));
    return Object.fromEntries(texts.filter(([field, text]) => text !== opened.current?.[field]));
  }

  function onInput(): void {
    if (!form.current) return;
    const changed = isEdit ? Object.keys(edited(form.current)) : undefined;
    saveDraft(userId, name, read(noun, form.current), changed);
    setErrors({});
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const element = event.currentTarget;
    const found = noun.check(read(noun, element));
    setErrors(found);
    const [wrong] = Object.keys(found);
    if (wrong) focusOn(element, wrong);
    else onSave(edited(element));
  }

  return {
    errors,
    drop: () => dropDraft(userId, name),
    props: {
      ref: form,
      method: "dialog", // before the scripts run, Enter sends nothing and keeps the text
      noValidate: true,
      autoComplete: "off",
      onInput,
      onSubmit,
    } as const,
  };
}

function read<T extends Item>(noun: Noun<T>, form: HTMLFormElement): FormText {
  const texts = new FormData(form);
  return Object.fromEntries(noun.inForm.map((field) => [field, String(texts.get(field) ?? "")]));
}

function fill(form: HTMLFormElement, texts: FormText): void {
  for (const [field, text] of Object.entries(texts)) {
    const control = form.elements.namedItem(field);
    if (control && "value" in control) control.value = text;
  }
}

/**
 * Whether nobody uses the keyboard elsewhere: a form that opens by itself, for a draft, takes it
 * from nobody. Safari gives the focus of a pressed button to what lies around it.
 */
export function isFocusFree(): boolean {
  return document.activeElement?.matches("body, main") ?? true;
}

function focusOn(form: HTMLFormElement, field: string): void {
  const control = form.elements.namedItem(field);
  if (control instanceof HTMLElement) control.focus();
}
