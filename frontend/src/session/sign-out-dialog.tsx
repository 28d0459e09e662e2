"use client";

import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

/** Asks before a sign-out that loses something. */
export function SignOutDialog({
  cost,
  onStay,
  onSignOut,
}: {
  cost: string;
  onStay: () => void;
  onSignOut: () => void;
}) {
  return (
    <Dialog title="Sign out now?" onClose={onStay}>
      <p className="text-muted">{cost} Stay until the connection is back, and nothing is lost.</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="danger" onClick={onSignOut}>
          Sign out anyway
        </Button>
        <Button onClick={onStay}>Stay signed in</Button>
      </div>
    </Dialog>
  );
}
