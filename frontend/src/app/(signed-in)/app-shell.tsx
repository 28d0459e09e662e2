import type { ReactNode } from "react";
import { AccountMenu } from "../../session/account-menu";
import { SessionGuard } from "../../session/session-guard";
import { Wordmark } from "../../ui/mark";
import { PageLink } from "../../ui/page-link";
import { ConnectionBanner } from "./connection-banner";
import { Owner } from "./providers";

/** The frame of a signed-in page, bound to the user for whom the server rendered it. */
export function AppShell({
  user: { id, name, email },
  children,
}: {
  user: { id: string; name: string; email: string };
  children: ReactNode;
}) {
  const user = { id, name, email };
  return (
    <Owner userId={id}>
      <SessionGuard user={user} />
      <ConnectionBanner />
      <div className="mx-auto w-full max-w-[46rem] px-4 sm:px-8">
        <header className="flex items-center justify-between py-4 sm:py-6">
          <PageLink href="/dashboard" className="rounded-lg">
            <Wordmark />
          </PageLink>
          <AccountMenu user={user} />
        </header>
        <main id="main" tabIndex={-1} className="pt-6 pb-28 sm:pt-10">
          {children}
        </main>
      </div>
    </Owner>
  );
}
