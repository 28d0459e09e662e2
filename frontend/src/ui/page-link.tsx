"use client";

import { useRouter } from "next/navigation";
import type { ComponentProps, MouseEvent } from "react";

/**
 * A link to another page of the signed-in part, without a reload. `next/link` would be 3 kB of
 * every first load for what it does besides: it fetches pages before anybody asks for them.
 */
export function PageLink({ href, ...rest }: ComponentProps<"a"> & { href: string }) {
  const router = useRouter();

  /** Anything but a plain click is the browser's: a new tab, a new window, a download. */
  function onClick(event: MouseEvent): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.push(href);
  }

  return <a {...rest} href={href} onClick={onClick} />;
}
