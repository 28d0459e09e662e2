"use client";

import { type FormEvent, type ReactNode, useState } from "react";
import { type FormProblem, problemOf } from "../../../session/auth-error-texts";
import { FormProblemNotice } from "../../../session/form-problem";
import { PasswordField } from "../../../session/password-field";
import { Button } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";

/** Asks for the password before `run` does what a session alone is not enough for. */
export function PasswordDialog(props: {
  title: string;
  text: ReactNode;
  action: string;
  cancel: string;
  /** What to know when it could not be done. */
  otherwise?: string;
  /** Resolves when it is done; a rejection is shown, and the dialog stays. */
  run: (password: string) => Promise<void>;
  onClose: () => void;
}) {
  const { title, text, action, cancel, otherwise = "", run, onClose } = props;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<FormProblem>();

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const password = String(new FormData(event.currentTarget).get("password"));
    if (!password) return setProblem({ field: "password", text: "Enter your password." });
    setProblem(undefined);
    setBusy(true);
    await run(password).catch((error: unknown) => setProblem(passwordProblem(error, otherwise)));
    setBusy(false);
  }

  return (
    <Dialog title={title} onClose={() => !busy && onClose()}>
      <form method="post" noValidate onSubmit={onSubmit} className="grid gap-5">
        <p className="text-muted">{text}</p>
        {problem?.field === "form" && <FormProblemNotice problem={problem} id="dialog-problem" />}
        <PasswordField
          id="dialog-password"
          name="password"
          label="Password"
          autoComplete="current-password"
          maxLength={128}
          error={problem?.field === "password" ? problem.text : undefined}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="plain" onClick={onClose}>
            {cancel}
          </Button>
          <Button type="submit" variant="danger" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function passwordProblem(error: unknown, otherwise: string): FormProblem {
  const problem = problemOf(error);
  if (problem.code === "INVALID_PASSWORD")
    return { ...problem, field: "password", text: "That is not your password." };
  return { ...problem, field: "form", text: `${problem.text} ${otherwise}`.trim() };
}
