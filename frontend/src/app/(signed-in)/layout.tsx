import type { ReactNode } from "react";
import { Providers } from "./providers";

/** Pages for those who are signed in. Each page asks for the session itself; see app-shell.tsx. */
export default function AppLayout({ children }: { children: ReactNode }) {
  return <Providers>{children}</Providers>;
}
