"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { MAX_PASSWORD, MIN_PASSWORD } from "../../../password";
import { authRequest } from "../../../session/auth-client";
import { type FormProblem, lengthProblem, problemOf } from "../../../session/auth-error-texts";
import { FormProblemNotice } from "../../../session/form-problem";
import { PasswordField } from "../../../session/password-field";
import { Button } from "../../../ui/button";
import { toast } from "../../../ui/toast";

type Problem = Omit<FormProblem, "field"> & { field: "current" | "new" | "form" };

/** Changes the password; every other session of the account ends with it. */
export function PasswordForm({ email }: { email: string }) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  function show(found: Problem): void {
    setProblem(found);
    const input = form.current?.elements.namedItem(found.field);
    if (input instanceof HTMLElement) input.focus();
  }

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const fields = new FormData(event.currentTarget);
    const currentPassword = String(fields.get("current"));
    const newPassword = String(fields.get("new"));
    if (!currentPassword) return show({ field: "current", text: "Enter your current password." });
    const wrong = lengthProblem(newPassword);
    if (wrong) return show({ ...wrong, field: "new" });
    setProblem(undefined);
    setBusy(true);
    try {
      const body = { currentPassword, newPassword, revokeOtherSessions: true };
      await authRequest("/change-password", body);
      form.current?.reset();
      toast("Password changed. All other sessions have ended.", { kind: "account" });
      router.refresh();
    } catch (error) {
      const found = problemOf(error);
      const isCurrent = found.code === "INVALID_PASSWORD";
      const field = isCurrent ? "current" : found.field === "password" ? "new" : "form";
      show({ ...found, field });
    }
    setBusy(false);
  }

  const at = (field: Problem["field"]) => (problem?.field === field ? problem.text : undefined);
  return (
    <form
      ref={form}
      method="post"
      noValidate
      onSubmit={onSubmit}
      aria-describedby={problem?.field === "form" ? "password-problem" : undefined}
      className="grid max-w-sm gap-4"
    >
      {problem?.field === "form" && (
        <FormProblemNotice problem={{ ...problem, field: "form" }} id="password-problem" />
      )}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <PasswordField
        id="current-password"
        name="current"
        label="Current password"
        autoComplete="current-password"
        error={at("current")}
      />
      <PasswordField
        id="new-password"
        name="new"
        label="New password"
        autoComplete="new-password"
        maxLength={MAX_PASSWORD}
        error={at("new")}
        hint={<p>At least {MIN_PASSWORD} characters.</p>}
      />
      <div>
        <Button type="submit" variant="quiet" busy={busy}>
          Change password
        </Button>
      </div>
    </form>
  );
}
