import type { Metadata } from "next";
import { requireSession } from "../../../auth/session.ts";
import { AppShell } from "../app-shell";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const { user } = await requireSession("/account");
  return (
    <AppShell user={user}>
      <h1 className="text-[2rem] leading-tight font-semibold tracking-[-0.025em] sm:text-[2.5rem]">
        Account
      </h1>
      <p className="mt-2 text-muted">{user.email}</p>
    </AppShell>
  );
}
