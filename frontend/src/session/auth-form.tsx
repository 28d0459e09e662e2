"use client";

import type { ReactNode } from "react";
import { MAX_NAME, MIN_PASSWORD } from "../account-limits";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormProblemNotice } from "./form-problem";
import { PasswordField } from "./password-field";
import { type AuthFormOptions, useAuthForm } from "./use-auth-form";

/**
 * The form to sign in or up. Works as a plain form post before its script has loaded; see
 * app/api/forms. What of it never changes is given by the page, and so is no script.
 */
export function AuthForm({
  submit,
  hint,
  children,
  ...options
}: AuthFormOptions & {
  /** What the button says. */
  submit: string;
  /** About the password. */
  hint?: ReactNode;
  /** Below the password. */
  children?: ReactNode;
}) {
  const { problem, at, busy, props } = useAuthForm(options);
  const isNew = options.kind === "sign-up";
  return (
    <form
      {...props}
      method="post"
      action={`/api/forms/${options.kind}`}
      aria-describedby={problem && "form-problem"}
      className="grid gap-5"
    >
      <input type="hidden" name="next" value={options.next} />
      {problem && <FormProblemNotice problem={problem} id="form-problem" />}
      {isNew && (
        <Field
          id="name"
          name="name"
          label="Name"
          autoComplete="name"
          required
          maxLength={MAX_NAME}
          error={at("name")}
        />
      )}
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
        autoComplete={isNew ? "new-password" : "current-password"}
        required
        error={at("password")}
        hint={hint}
        {...(isNew && { minLength: MIN_PASSWORD })}
      />
      {children}
      <Button type="submit" busy={busy} className="w-full">
        {submit}
      </Button>
    </form>
  );
}
