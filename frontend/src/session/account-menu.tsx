"use client";

import { useRouter } from "next/navigation";
import { lazy, Suspense, useState } from "react";
import { ChevronIcon } from "../ui/action-icons";
import { MenuButton } from "../ui/menu";
import { signOut } from "./auth-client";
import { reportFailedAttempt } from "./error-policy";
import { signOutCost, type TabUser } from "./session-end";

const ConfirmDialog = lazy(async () => ({
  default: (await import("../ui/confirm-dialog")).ConfirmDialog,
}));

export function AccountMenu({ user }: { user: TabUser }) {
  const router = useRouter();
  const [cost, setCost] = useState<string>();

  const leave = () => void signOut().catch(reportFailedAttempt);
  const onSignOut = async () => {
    const found = await signOutCost.current(user.id);
    if (found) setCost(found);
    else leave();
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
      <Suspense>
        {cost && (
          <ConfirmDialog
            title="Sign out now?"
            keep="Stay signed in"
            lose="Sign out anyway"
            onKeep={() => setCost(undefined)}
            onLose={() => {
              setCost(undefined);
              leave();
            }}
          >
            {cost} Stay until the connection is back, and nothing is lost.
          </ConfirmDialog>
        )}
      </Suspense>
    </>
  );
}
