"use client";

import { createAuthClient } from "better-auth/react";
import type { FormEvent } from "react";

const authClient = createAuthClient();

export function SignUp() {
  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const email = String(fields.get("email"));
    await authClient.signUp.email({ email, name: email, password: String(fields.get("password")) });
    location.reload();
  }
  return (
    <form method="post" onSubmit={onSubmit}>
      <label>
        Email <input name="email" type="email" required />
      </label>
      <label>
        Password <input name="password" type="password" required />
      </label>
      <button type="submit">Create account</button>
    </form>
  );
}
