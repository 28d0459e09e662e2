"use client";

import { useState } from "react";
import { authRequest } from "../../../session/auth-client";
import type { FormProblem } from "../../../session/auth-error-texts";
import { browserSession } from "../../../session/session-end";
import { Button } from "../../../ui/button";
import { PasswordDialog } from "./password-dialog";

/**
 * Deletes the account and everything in it. The server checks the password, then has the API delete
 * what the user owns, then deletes the account; where that fails halfway, the next try goes on.
 */
export function DeleteAccount({ email }: { email: string }) {
  const [open, setOpen] = useState(false);

  async function remove(password: string): Promise<void> {
    await browserSession().pass.signOut(() => authRequest("/delete-user", { password }));
  }

  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Delete account
      </Button>
      {open && (
        <PasswordDialog
          title="Delete this account?"
          text={`The account ${email} and everything in it are deleted for good. This cannot be undone.`}
          action="Delete everything"
          cancel="Keep it"
          otherwise={leftBehind}
          run={remove}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

/** What a try that failed has left. */
export function leftBehind({ code, wait }: FormProblem): string {
  const isUntouched = code === "DATA_NOT_DELETED" || wait !== undefined;
  return isUntouched
    ? "The account is still there."
    : "What is in it may already be gone. Try again to finish.";
}
