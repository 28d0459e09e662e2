import { readFileSync } from "node:fs";
import { log } from "./log.ts";

const MANIFEST = ".next/server/app/(signed-in)/dashboard/page_client-reference-manifest.js";

const CHUNKS = "/_next/static/chunks/";

let found: readonly string[] | undefined;

/**
 * The paths of the scripts that the task page needs, for a browser that is about to need them.
 * They stand in the manifest that `next build` writes for the page; in development there is none.
 * It is a private file of Next.js: where it is not as expected, pages go without the head start.
 */
export function taskPageScripts(): readonly string[] {
  found ??= process.env.NODE_ENV === "production" ? scriptsIn(MANIFEST) : [];
  return found;
}

export function scriptsIn(manifest: string): string[] {
  try {
    const texts = readFileSync(manifest, "utf8").split(/["\\]/);
    return [...new Set(texts.filter((text) => text.startsWith(CHUNKS) && text.endsWith(".js")))];
  } catch (error) {
    log.warn("page_scripts_unknown", { manifest, error });
    return [];
  }
}
