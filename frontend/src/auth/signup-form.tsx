"use client";

import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { signUp } from "./client";
import { FormProblemNotice } from "./form-problem";
import { type FormProblem, problemOfCode } from "./messages";
import { PasswordField } from "./password-field";
import { emailProblem, text, useEntryForm } from "./use-entry-form";

/** Works as a plain form post before its script has loaded; see app/api/forms. */
export function SignupForm({
  next,
  problem: initialProblem,
}: {
  next: string;
  problem: FormProblem | undefined;
}) {
  const { form, onSubmit, problem, busy } = useEntryForm({
    next,
    initialProblem,
    check(fields) {
      if (!text(fields, "name").trim()) return { field: "name", text: "Enter your name." };
      const found = emailProblem(text(fields, "email"));
      if (found) return found;
      const { length } = text(fields, "password");
      if (length < 8) return problemOfCode("PASSWORD_TOO_SHORT");
      return length > 128 ? problemOfCode("PASSWORD_TOO_LONG") : undefined;
    },
    enter: (fields) =>
      signUp({
        name: text(fields, "name").trim(),
        email: text(fields, "email").trim(),
        password: text(fields, "password"),
      }),
  });
  const at = (field: string) => (problem?.field === field ? problem.text : undefined);

  return (
    <form
      ref={form}
      method="post"
      action="/api/forms/sign-up"
      noValidate
      onSubmit={onSubmit}
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
        minLength={8}
        maxLength={128}
        error={at("password")}
        hint={<p>At least 8 characters. A few unrelated words are easy to keep in mind.</p>}
      />
      <Button type="submit" busy={busy} className="w-full">
        Create account
      </Button>
    </form>
  );
}
