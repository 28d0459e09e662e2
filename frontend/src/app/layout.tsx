import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { readApiUrls } from "../server/config/config.ts";
import { RouteFocus } from "../ui/route-focus";
import { SkipLink } from "../ui/skip-link";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Gatepass", template: "%s · Gatepass" },
  description: "A quiet place for your tasks. Yours alone, on every device.",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f5f0" },
    { media: "(prefers-color-scheme: dark)", color: "#111412" },
  ],
};

/**
 * Rendered for each request: the nonce of the Content-Security-Policy is new each time, and so may
 * be the API's address, which the browser reads from here (api/base-url.ts).
 */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection();
  return (
    <html lang="en" data-api-base-url={readApiUrls().apiBaseUrl}>
      <body>
        <SkipLink />
        {children}
        <RouteFocus />
      </body>
    </html>
  );
}
