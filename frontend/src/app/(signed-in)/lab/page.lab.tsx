import type { Metadata } from "next";
import { requireSession } from "../../../server/auth/session.ts";
import { AppShell } from "../app-shell";
import { Lab } from "./lab";

export const metadata: Metadata = { title: "Expiry lab" };

/** In development only: next.config.ts knows pages by the name `page.lab.tsx` nowhere else. */
export default async function LabPage() {
  const { user } = await requireSession("/lab");
  return (
    <AppShell user={user}>
      <Lab />
    </AppShell>
  );
}
