"use client";

import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormProblemNotice } from "./form-problem";
import type { FormProblem } from "./messages";
import { PasswordField } from "./password-field";
import { useEntryForm } from "./use-entry-form";

/** Works as a plain form post before its script has loaded; see app/api/forms. */
export function LoginForm({
  next,
  problem: initialProblem,
  scripts,
  followOtherTabs,
}: {
  next: string;
  problem: FormProblem | undefined;
  scripts: readonly string[];
  followOtherTabs: boolean;
}) {
  const { problem, at, busy, props } = useEntryForm({
    kind: "sign-in",
    next,
    initialProblem,
    scripts,
    followOtherTabs,
  });

  return (
    <form
      {...props}
      action="/api/forms/sign-in"
      aria-describedby={problem?.field === "form" ? "login-problem" : undefined}
      className="grid gap-5"
    >
      <input type="hidden" name="next" value={next} />
      {problem?.field === "form" && <FormProblemNotice problem={problem} id="login-problem" />}
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
        autoComplete="current-password"
        required
        error={at("password")}
      />
      <label className="flex min-h-11 cursor-pointer items-center gap-3 text-[0.9375rem] sm:min-h-8">
        <input
          type="checkbox"
          name="rememberMe"
          value="true"
          defaultChecked
          className="size-5 accent-accent"
        />
        Keep me signed in
      </label>
      <Button type="submit" busy={busy} className="w-full">
        Sign in
      </Button>
    </form>
  );
}
