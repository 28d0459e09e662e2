import { type FormEvent, useRef, useState } from "react";
import type { FormProblem } from "./auth-error-texts";

/**
 * A form that is sent by fetch, one attempt at a time. What `send` finds wrong is shown at its
 * field, which gets the focus; it resolves to nothing when all went well.
 */
export function useForm(
  send: (fields: FormData) => Promise<FormProblem | undefined>,
  initial?: FormProblem,
) {
  const [problem, setProblem] = useState(initial);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef(false);

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setProblem(undefined);
    const found = await send(new FormData(event.currentTarget));
    setProblem(found);
    const input = found && form.current?.elements.namedItem(found.field);
    if (input instanceof HTMLElement) input.focus();
    sending.current = false;
    setBusy(false);
  }

  return {
    /** The problem of the whole form. */
    problem: problem?.field === "form" ? problem : undefined,
    /** The problem of one field. */
    at: (field: string) => (problem?.field === field ? problem.text : undefined),
    busy,
    sending,
    // By itself, before the scripts run, it sends nothing unless it names another method.
    props: { ref: form, method: "dialog", noValidate: true, onSubmit } as const,
  };
}
