"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState, useTransition } from "react";
import type { FormProblem } from "./auth-error-texts";
import type { AuthFormKind } from "./submit-auth-form";
import { createTabChannel } from "./tabs";

const loadSubmit = () => import("./submit-auth-form");

export type AuthFormOptions = {
  kind: AuthFormKind;
  next: string;
  /** What was wrong with a form that was posted without scripts. */
  problem: FormProblem | undefined;
  /** What the page behind this one needs. */
  scripts: readonly string[];
  /** Follow a sign-in that happens in another tab: this one was sent here by the end of a session. */
  followOtherTabs?: boolean;
};

/**
 * How the form is sent: the fields go out by fetch instead of by the form's
 * own post, problems come back to their field, and on success the page changes without a reload,
 * so that the pass that came with the answer stays in memory.
 */
export function useAuthForm(options: AuthFormOptions) {
  const { kind, next, scripts, followOtherTabs = false } = options;
  const [problem, setProblem] = useState(options.problem);
  const [sending, setSending] = useState(false);
  const [arriving, startTransition] = useTransition();
  const form = useRef<HTMLFormElement>(null);
  const entering = useRef(false);
  const router = useRouter();

  useEffect(() => {
    // A link of a signed-in page led here: the former user's memory is left with its document.
    if ("bound" in document.documentElement.dataset) return location.reload();
    const channel = createTabChannel();
    // A sign-out by a plain form post ends on this page and could tell nobody.
    channel.send({ type: "check" });
    channel.on(({ type }) => {
      if (!followOtherTabs || entering.current || !/^(signed-in|here)$/.test(type)) return;
      void loadSubmit().then(({ mayFollow }) => mayFollow() && location.replace(next));
    });
    return () => channel.close();
  }, [followOtherTabs, next]);

  function show(found: FormProblem): void {
    setProblem(found);
    const input = form.current?.elements.namedItem(found.field);
    if (input instanceof HTMLElement) input.focus();
  }

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (entering.current || arriving) return;
    entering.current = true;
    setSending(true);
    try {
      const fields = new FormData(event.currentTarget);
      const found = await (await loadSubmit()).submitAuthForm(kind, fields);
      if (found) show(found);
      else {
        setProblem(undefined);
        startTransition(() => router.replace(next));
      }
    } catch {
      show({
        field: "form",
        text: "This page could not load completely. Reload it and try again.",
      });
    }
    entering.current = false;
    setSending(false);
  }

  /** Touching the form loads what sending it needs, and what comes after. */
  const onFocus = () =>
    void loadSubmit()
      .then(({ prepare }) => prepare(scripts))
      .catch(() => {});

  return {
    problem,
    /** The problem of one field. */
    at: (field: string) => (problem?.field === field ? problem.text : undefined),
    busy: sending || arriving,
    props: { ref: form, method: "post", noValidate: true, onSubmit, onFocus } as const,
  };
}
