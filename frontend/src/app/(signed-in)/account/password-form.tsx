"use client";

import { useRouter } from "next/navigation";
import { MIN_PASSWORD } from "../../../account-limits";
import { authRequest } from "../../../session/auth-client";
import { lengthProblem, problemOf } from "../../../session/auth-error-texts";
import { FormProblemNotice } from "../../../session/form-problem";
import { PasswordField } from "../../../session/password-field";
import { browserSession } from "../../../session/session-end";
import { useForm } from "../../../session/use-form";
import { Button } from "../../../ui/button";
import { toast } from "../../../ui/toast";

/** Changes the password; every other session of the account ends with it. */
export function PasswordForm({ email }: { email: string }) {
  const router = useRouter();
  const { problem, at, busy, props } = useForm(async (fields) => {
    const [currentPassword, newPassword] = [
      String(fields.get("current")),
      String(fields.get("new")),
    ];
    if (!currentPassword) return { field: "current", text: "Enter your current password." };
    const wrong = lengthProblem(newPassword);
    if (wrong) return { ...wrong, field: "new" };
    try {
      await browserSession().pass.replaceSession(() =>
        authRequest("/change-password", { currentPassword, newPassword }),
      );
    } catch (error) {
      const found = problemOf(error);
      if (found.code === "INVALID_PASSWORD") return { ...found, field: "current" };
      return found.field === "password" ? { ...found, field: "new" } : { ...found, field: "form" };
    }
    props.ref.current?.reset();
    toast("Password changed. All other sessions have ended.", { kind: "account" });
    router.refresh();
    return undefined;
  });

  return (
    <form
      {...props}
      aria-describedby={problem && "password-problem"}
      className="grid max-w-sm gap-4"
    >
      {problem && <FormProblemNotice problem={problem} id="password-problem" />}
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
