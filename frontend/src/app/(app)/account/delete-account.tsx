"use client";

import { type FormEvent, useState } from "react";
import { describeProblem } from "../../../api/query-client";
import { authRequest } from "../../../session/auth-client";
import { PasswordField } from "../../../session/password-field";
import { sessionEnded } from "../../../session/session-control";
import { deleteAllTasks } from "../../../tasks/queries";
import { Button } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";
import { Notice } from "../../../ui/notice";
import { checkPassword } from "./actions";

/**
 * Deletes the account and everything in it. First the password is checked, then the tasks go, with
 * the user's own pass, and the account last: if the API is away, nothing has been deleted; if the
 * last step fails, the account is still there to try again. That step makes sure on the server
 * that no task is left (auth/tasks-first.ts).
 */
export function DeleteAccount({ userId, email }: { userId: string; email: string }) {
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
    let tasksGone = false;
    try {
      const check = await checkPassword(password);
      if (check === "session over") return sessionEnded("expired");
      if (check === "wrong") return setWrong("That is not your password.");
      if (check !== "right")
        return setFailure(`Too many attempts. Try again in ${check.wait} seconds.`);
      await deleteAllTasks(userId);
      tasksGone = true;
      await authRequest("/delete-user", { password });
      sessionEnded("signed-out");
    } catch (error) {
      const { title, text, requestId } = describeProblem(error);
      const reference = requestId ? ` Reference: ${requestId}` : "";
      setFailure(
        tasksGone
          ? "Your tasks are deleted, but the account could not be. Try again."
          : `${title}. The account is still there. ${requestId ? text : "Try again later."}${reference}`,
      );
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
