"use client";

import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { signIn } from "./client";
import { FormProblemNotice } from "./form-problem";
import type { FormProblem } from "./messages";
import { PasswordField } from "./password-field";
import { emailProblem, text, useEntryForm } from "./use-entry-form";

/** Works as a plain form post before its script has loaded; see app/api/forms. */
export function LoginForm({
  next,
  problem: initialProblem,
  followOtherTabs,
}: {
  next: string;
  problem: FormProblem | undefined;
  followOtherTabs: boolean;
}) {
  const { form, onSubmit, problem, busy } = useEntryForm({
    next,
    initialProblem,
    followOtherTabs,
    check(fields) {
      const found = emailProblem(text(fields, "email"));
      if (found) return found;
      return text(fields, "password")
        ? undefined
        : { field: "password", text: "Enter your password." };
    },
    enter: (fields) =>
      signIn({
        email: text(fields, "email").trim(),
        password: text(fields, "password"),
        rememberMe: fields.has("rememberMe"),
      }),
  });
  const at = (field: string) => (problem?.field === field ? problem.text : undefined);

  return (
    <form
      ref={form}
      method="post"
      action="/api/forms/sign-in"
      noValidate
      onSubmit={onSubmit}
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
