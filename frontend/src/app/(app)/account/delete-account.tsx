"use client";

import { type FormEvent, useState } from "react";
import { authRequest } from "../../../session/auth-client";
import { problemOf } from "../../../session/messages";
import { PasswordField } from "../../../session/password-field";
import { sessionEnded } from "../../../session/session-control";
import { Button } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";
import { Notice } from "../../../ui/notice";

/**
 * Deletes the account and everything in it. The server does all of it, or nothing: it checks the
 * password, then has the API delete what the user owns, then deletes the account.
 */
export function DeleteAccount({ email }: { email: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [failure, setFailure] = useState<string>();

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const password = String(new FormData(event.currentTarget).get("password"));
    setWrong(undefined);
    setFailure(undefined);
    if (!password) return setWrong("Enter your password.");
    setBusy(true);
    await remove(password);
    setBusy(false);
  }

  async function remove(password: string): Promise<void> {
    try {
      await authRequest("/delete-user", { password });
      sessionEnded("signed-out");
    } catch (error) {
      const { code, text, wait } = problemOf(error);
      if (code === "INVALID_PASSWORD") setWrong("That is not your password.");
      else if (wait) setFailure(`Too many attempts. Try again in ${wait} seconds.`);
      else setFailure(`${text} The account is still there.`);
    }
  }

  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Delete account
      </Button>
      {open && (
        <Dialog title="Delete this account?" onClose={() => !busy && setOpen(false)}>
          <form method="post" noValidate onSubmit={onSubmit} className="grid gap-5">
            <p className="text-muted">
              The account {email} and all its tasks are deleted for good. This cannot be undone.
            </p>
            {failure && (
              <Notice tone="danger" role="alert">
                {failure}
              </Notice>
            )}
            <PasswordField
              id="delete-password"
              name="password"
              label="Password"
              autoComplete="current-password"
              error={wrong}
            />
            <div className="flex flex-wrap justify-end gap-2">
              <Button variant="plain" onClick={() => setOpen(false)}>
                Keep it
              </Button>
              <Button type="submit" variant="danger" busy={busy}>
                Delete everything
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
