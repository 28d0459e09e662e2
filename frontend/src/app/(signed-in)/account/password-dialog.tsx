"use client";

import type { ReactNode } from "react";
import { type FormProblem, problemOf } from "../../../session/auth-error-texts";
import { FormProblemNotice } from "../../../session/form-problem";
import { PasswordField } from "../../../session/password-field";
import { useForm } from "../../../session/use-form";
import { Button } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";

/** Asks for the password before `run` does what a session alone is not enough for. */
export function PasswordDialog(props: {
  title: string;
  text: ReactNode;
  action: string;
  cancel: string;
  /** What to know when it could not be done. */
  otherwise?: (problem: FormProblem) => string;
  /** Resolves when it is done; a rejection is shown, and the dialog stays. */
  run: (password: string) => Promise<void>;
  onClose: () => void;
}) {
  const { title, text, action, cancel, otherwise, run, onClose } = props;
  const {
    problem,
    at,
    busy,
    props: form,
  } = useForm(async (fields) => {
    const password = String(fields.get("password"));
    if (!password) return { field: "password", text: "Enter your password." };
    try {
      await run(password);
      return undefined;
    } catch (error) {
      const problem = passwordProblem(error);
      if (problem.field !== "form" || !otherwise) return problem;
      return { ...problem, text: `${problem.text} ${otherwise(problem)}` };
    }
  });

  /** Not while it is being done: it would look as if it were not. */
  const close = () => !busy && onClose();

  return (
    <Dialog title={title} onClose={close}>
      <form {...form} className="grid gap-5">
        <p className="text-muted">{text}</p>
        {problem && <FormProblemNotice problem={problem} id="dialog-problem" />}
        <PasswordField
          id="dialog-password"
          name="password"
          label="Password"
          autoComplete="current-password"
          error={at("password")}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="plain" onClick={close}>
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

function passwordProblem(error: unknown): FormProblem {
  const problem = problemOf(error);
  if (problem.code === "INVALID_PASSWORD")
    return { ...problem, field: "password", text: "That is not your password." };
  return { ...problem, field: "form" };
}
