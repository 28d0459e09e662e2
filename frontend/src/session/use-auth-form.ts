"use client";

import { useRouter } from "next/navigation";
import { useEffect, useTransition } from "react";
import type { FormProblem } from "./auth-error-texts";
import type { AuthFormKind } from "./submit-auth-form";
import { createTabChannel } from "./tab-channel";
import { useForm } from "./use-form";

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
 * How the form is sent. On success the page changes without a reload, so that the pass that came
 * with the answer stays in memory.
 */
export function useAuthForm(options: AuthFormOptions) {
  const { kind, next, problem, scripts, followOtherTabs = false } = options;
  const [arriving, startTransition] = useTransition();
  const router = useRouter();
  const { sending, ...form } = useForm(async (fields) => {
    if (arriving) return undefined;
    try {
      const found = await (await loadSubmit()).submitAuthForm(kind, fields);
      if (!found) startTransition(() => router.replace(next));
      return found;
    } catch {
      const text = "This page could not load completely. Reload it and try again.";
      return { field: "form", text };
    }
  }, problem);

  useEffect(() => {
    // A link of a signed-in page led here: the former user's memory is left with its document.
    if ("bound" in document.documentElement.dataset) return location.reload();
    const channel = createTabChannel();
    // A sign-out by a plain form post ends on this page and could tell nobody.
    channel.send({ type: "check" });
    channel.on(({ type }) => {
      if (!followOtherTabs || sending.current || !/^(signed-in|here)$/.test(type)) return;
      void loadSubmit().then(({ mayFollow }) => mayFollow() && location.replace(next));
    });
    return () => channel.close();
  }, [followOtherTabs, next, sending]);

  /** Touching the form loads what sending it needs, and what comes after. */
  const onFocus = () =>
    void loadSubmit()
      .then(({ prepare }) => prepare(scripts))
      .catch(() => {});

  return { ...form, busy: form.busy || arriving, props: { ...form.props, onFocus } };
}
