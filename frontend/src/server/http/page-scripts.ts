import { readFileSync } from "node:fs";

const MANIFEST = ".next/server/app/(app)/dashboard/page_client-reference-manifest.js";

let found: readonly string[] | undefined;

/**
 * The paths of the scripts that the task page needs, for a browser that is about to need them.
 * They stand in the manifest that `next build` writes for the page; in development there is none.
 */
export function taskPageScripts(): readonly string[] {
  found ??= process.env.NODE_ENV === "production" ? scriptsIn(readFileSync(MANIFEST, "utf8")) : [];
  return found;
}

function scriptsIn(manifest: string): string[] {
  return [...new Set(manifest.match(/\/_next\/static\/chunks\/[^"]+\.js/g))];
}
