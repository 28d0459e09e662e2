"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState, useTransition } from "react";
import { type FormProblem, problemOf } from "./messages";
import { browserSession } from "./session-control";

/**
 * What the sign-in and the sign-up form share: the fields go out by fetch instead of by the form's
 * own post, problems come back to their field, and on success the page changes without a reload,
 * so that the pass that came with the answer stays in memory.
 *
 * `check` returns a problem found without asking the server; `enter` throws when refused.
 */
export function useEntryForm(options: {
  next: string;
  initialProblem: FormProblem | undefined;
  /** Follow a sign-in that happens in another tab: this one was sent here by the end of a session. */
  followOtherTabs?: boolean;
  check: (fields: FormData) => FormProblem | undefined;
  enter: (fields: FormData) => Promise<void>;
}) {
  const { next, initialProblem, followOtherTabs = false, check, enter } = options;
  const [problem, setProblem] = useState(initialProblem);
  const [sending, setSending] = useState(false);
  const [arriving, startTransition] = useTransition();
  const form = useRef<HTMLFormElement>(null);
  const router = useRouter();

  // A sign-out by a plain form post ends here and could tell nobody.
  useEffect(() => browserSession().channel.send({ type: "check" }), []);

  useEffect(() => {
    if (!followOtherTabs) return;
    return browserSession().channel.on((message) => {
      if (message.type === "signed-in") location.replace(next);
    });
  }, [followOtherTabs, next]);

  function show(found: FormProblem): void {
    setProblem(found);
    const focused =
      found.field === "form" ? undefined : form.current?.elements.namedItem(found.field);
    if (focused instanceof HTMLElement) focused.focus();
  }

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (sending || arriving) return;
    const fields = new FormData(event.currentTarget);
    const found = check(fields);
    if (found) return show(found);
    setProblem(undefined);
    setSending(true);
    try {
      await enter(fields);
      startTransition(() => router.replace(next));
    } catch (error) {
      show(problemOf(error));
    }
    setSending(false);
  }

  return { form, onSubmit, problem, busy: sending || arriving };
}

/** The text of one field. */
export function text(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

/** The first problem of an email address that can be seen without asking the server. */
export function emailProblem(email: string): FormProblem | undefined {
  if (!email.trim()) return { field: "email", text: "Enter your email address." };
  if (!/^\S+@\S+\.\S+$/.test(email.trim()))
    return { field: "email", text: "Enter an email address like name@example.com." };
  return undefined;
}
