"use client";

import { MAX_PASSWORD, MIN_PASSWORD } from "../password";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormProblemNotice } from "./form-problem";
import { PasswordField } from "./password-field";
import { type EntryOptions, useEntryForm } from "./use-entry-form";

/**
 * The form to sign in or up. Works as a plain form post before its script has loaded; see
 * app/api/forms.
 */
export function EntryForm(options: EntryOptions) {
  const { problem, at, busy, props } = useEntryForm(options);
  const isNew = options.kind === "sign-up";
  const ofForm = problem?.field === "form" ? problem : undefined;
  return (
    <form
      {...props}
      action={`/api/forms/${options.kind}`}
      aria-describedby={ofForm && "form-problem"}
      className="grid gap-5"
    >
      <input type="hidden" name="next" value={options.next} />
      {ofForm && <FormProblemNotice problem={ofForm} id="form-problem" />}
      {isNew && (
        <Field
          id="name"
          name="name"
          label="Name"
          autoComplete="name"
          required
          maxLength={100}
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
        {...(isNew && {
          minLength: MIN_PASSWORD,
          maxLength: MAX_PASSWORD,
          hint: (
            <p>
              At least {MIN_PASSWORD} characters. A few unrelated words are easy to keep in mind.
            </p>
          ),
        })}
      />
      {!isNew && (
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
      )}
      <Button type="submit" busy={busy} className="w-full">
        {isNew ? "Create account" : "Sign in"}
      </Button>
    </form>
  );
}
