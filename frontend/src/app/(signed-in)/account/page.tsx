import { isAPIError } from "better-auth/api";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { ask, READ_ONLY, requireSession } from "../../../server/auth/session.ts";
import { AppShell } from "../app-shell";
import { Section } from "../section";
import { DeleteAccount } from "./delete-account";
import { deviceName } from "./device";
import { ExportButton } from "./export-button";
import { PasswordForm } from "./password-form";
import { ProfileForm } from "./profile-form";
import { SessionList } from "./session-list";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const { user, sessionId } = await requireSession("/account");
  return (
    <AppShell user={user}>
      <p className="stub">Holder of this pass</p>
      <h1 className="mt-1 text-[2rem] leading-tight font-semibold tracking-[-0.025em] sm:text-[2.5rem]">
        Account
      </h1>
      <p className="mt-1.5 mb-10 [overflow-wrap:anywhere] text-muted">{user.email}</p>
      <Section title="Profile" text="The name is shown to nobody but you.">
        <ProfileForm userId={user.id} name={user.name} />
      </Section>
      <Section title="Password" text="Changing it ends every session but this one.">
        <PasswordForm email={user.email} />
      </Section>
      <Section
        title="Sessions"
        text="Where you are signed in. A session that you end is over when its last pass runs out, within the hour as a rule."
      >
        <SessionList sessions={await sessionLines(sessionId)} />
      </Section>
      <Section title="Your data" text="Everything that you keep here, as one JSON file.">
        <ExportButton userId={user.id} email={user.email} />
      </Section>
      <Section title="Delete account" text="The account and everything in it, for good.">
        <DeleteAccount email={user.email} />
      </Section>
    </AppShell>
  );
}

/** The user's sessions, this one first, without their tokens. */
async function sessionLines(currentId: string) {
  const incoming = { headers: await headers(), ...READ_ONLY };
  const sessions = await ask((api) => api.listSessions(incoming)).catch((error: unknown) => {
    // Ended since `requireSession` has found it, on another device.
    if (isAPIError(error) && error.statusCode === 401) {
      redirect("/login?reason=expired&next=%2Faccount");
    }
    throw error;
  });
  return sessions
    .toSorted((a, b) => Number(b.updatedAt) - Number(a.updatedAt))
    .map(({ id, userAgent, updatedAt }) => ({
      id,
      device: deviceName(userAgent),
      lastUse: new Date(updatedAt).toISOString().slice(0, 10),
      current: id === currentId,
    }))
    .sort((a, b) => Number(b.current) - Number(a.current));
}
