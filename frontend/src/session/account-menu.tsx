"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { ChevronIcon } from "../ui/action-icons";
import type { ConfirmDialog } from "../ui/confirm-dialog";
import { MenuButton } from "../ui/menu";
import { signOut } from "./auth-client";
import { fetched, reportFailedAttempt } from "./error-policy";
import { signOutCost, type TabUser } from "./session-end";

export function AccountMenu({ user }: { user: TabUser }) {
  const router = useRouter();
  const [question, setQuestion] = useState<{ cost: string; Dialog: typeof ConfirmDialog }>();

  const leave = () => void signOut().catch(reportFailedAttempt);
  const onSignOut = async () => {
    const cost = await signOutCost.current(user.id);
    if (!cost) return leave();
    const dialog = await fetched(import("../ui/confirm-dialog"));
    if (dialog) setQuestion({ cost, Dialog: dialog.ConfirmDialog });
  };

  return (
    <>
      <MenuButton
        label="Account menu"
        items={[
          { label: "Account settings", onSelect: () => router.push("/account") },
          { label: "Sign out", onSelect: onSignOut },
        ]}
        header={
          <div className="border-b border-line px-3 pt-2 pb-3">
            <p className="truncate font-medium">{user.name}</p>
            <p className="truncate text-sm text-muted">{user.email}</p>
          </div>
        }
      >
        <span
          aria-hidden="true"
          className="grid size-8 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent"
        >
          {[...user.name.trim()][0]?.toUpperCase() ?? "?"}
        </span>
        <ChevronIcon />
      </MenuButton>
      {question && (
        <question.Dialog
          title="Sign out now?"
          keep="Stay signed in"
          lose="Sign out anyway"
          onKeep={() => setQuestion(undefined)}
          onLose={() => {
            setQuestion(undefined);
            leave();
          }}
        >
          {question.cost} Stay until the connection is back, and nothing is lost.
        </question.Dialog>
      )}
    </>
  );
}
