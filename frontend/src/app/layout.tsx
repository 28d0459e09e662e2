import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { readApiUrls } from "../server/config/config.ts";
import { RouteFocus } from "../ui/route-focus";
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
        {/* The first stop of the keyboard on every page. */}
        <a
          href="#main"
          className="fixed top-3 left-3 z-50 -translate-y-20 rounded-xl bg-accent px-4 py-2.5 font-medium text-on-accent focus:translate-y-0"
        >
          Skip to content
        </a>
        {children}
        <RouteFocus />
      </body>
    </html>
  );
}
