"use client";

import { MAX_PASSWORD, MIN_PASSWORD } from "../password";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormProblemNotice } from "./form-problem";
import type { FormProblem } from "./messages";
import { PasswordField } from "./password-field";
import { useEntryForm } from "./use-entry-form";

/** Works as a plain form post before its script has loaded; see app/api/forms. */
export function SignupForm({
  next,
  problem: initialProblem,
  scripts,
}: {
  next: string;
  problem: FormProblem | undefined;
  scripts: readonly string[];
}) {
  const { problem, at, busy, props } = useEntryForm({
    kind: "sign-up",
    next,
    initialProblem,
    scripts,
  });

  return (
    <form
      {...props}
      action="/api/forms/sign-up"
      aria-describedby={problem?.field === "form" ? "signup-problem" : undefined}
      className="grid gap-5"
    >
      <input type="hidden" name="next" value={next} />
      {problem?.field === "form" && <FormProblemNotice problem={problem} id="signup-problem" />}
      <Field
        id="name"
        name="name"
        label="Name"
        autoComplete="name"
        required
        maxLength={100}
        error={at("name")}
      />
      <Field
        id="email"
        name="email"
        label="Email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        error={at("email")}
      />
      <PasswordField
        id="password"
        name="password"
        label="Password"
        autoComplete="new-password"
        required
        minLength={MIN_PASSWORD}
        maxLength={MAX_PASSWORD}
        error={at("password")}
        hint={
          <p>At least {MIN_PASSWORD} characters. A few unrelated words are easy to keep in mind.</p>
        }
      />
      <Button type="submit" busy={busy} className="w-full">
        Create account
      </Button>
    </form>
  );
}
