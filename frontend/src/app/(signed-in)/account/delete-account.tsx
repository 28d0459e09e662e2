"use client";

import { useState } from "react";
import { authRequest } from "../../../session/auth-client";
import { sessionEnded } from "../../../session/session-end";
import { Button } from "../../../ui/button";
import { PasswordDialog } from "./password-dialog";

/**
 * Deletes the account and everything in it. The server does all of it, or nothing: it checks the
 * password, then has the API delete what the user owns, then deletes the account.
 */
export function DeleteAccount({ email }: { email: string }) {
  const [open, setOpen] = useState(false);

  async function remove(password: string): Promise<void> {
    await authRequest("/delete-user", { password });
    sessionEnded("signed-out");
  }

  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Delete account
      </Button>
      {open && (
        <PasswordDialog
          title="Delete this account?"
          text={`The account ${email} and all its tasks are deleted for good. This cannot be undone.`}
          action="Delete everything"
          cancel="Keep it"
          otherwise="The account is still there."
          run={remove}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
