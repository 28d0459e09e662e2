import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../../src/browser");
const ENTRY = join(FOLDER, "index.ts");

test("the whole entry is below 3 kB minified and zipped, and needs nothing else", async () => {
  const bundle = await rolldown({ input: ENTRY, platform: "browser" });
  const { output } = await bundle.generate({ format: "es", minify: true });
  // What a page without sockets loads is less still: they are left out of a bundle.
  expect(output).toHaveLength(1);
  expect(output[0].imports).toEqual([]);
  expect(gzipSync(output[0].code, { level: 9 }).length).toBeLessThan(3_000);
});

test("the folder stands alone, for pages that load it without a bundler", () => {
  const imports = readdirSync(FOLDER).flatMap((name) => {
    const code = readFileSync(join(FOLDER, name), "utf8");
    return [...code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(([, to]) => to);
  });
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((to) => !/^\.\/[\w-]+\.ts$/.test(to ?? ""))).toEqual([]);
});
