/**
 * Run by npm around `npm pack` and `npm publish`, after the compiler: makes the packed
 * package.json name what was compiled, and with `--restore` puts everything back.
 *
 * In the workspace `exports` name the source, so that no build can be missing or stale; a package
 * has to name JavaScript, since Node strips no types inside node_modules.
 */
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

const MANIFEST = new URL("package.json", import.meta.url);
const DIST = new URL("dist/", import.meta.url);
const KEPT = new URL("package.json", DIST);

if (process.argv.includes("--restore")) {
  renameSync(KEPT, MANIFEST);
  rmSync(DIST, { recursive: true });
} else {
  copyFileSync(MANIFEST, KEPT);
  const {
    scripts: _s,
    devDependencies: _d,
    ...manifest
  } = JSON.parse(readFileSync(MANIFEST, "utf8"));
  const packed = { ...manifest, exports: compiled(manifest.exports) };
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

/** `./src/name.ts` becomes `./dist/name.js` with its `./dist/name.d.ts`. */
function compiled(exports: Record<string, string>) {
  const built = Object.entries(exports).map(([entry, source]) => {
    if (!source.endsWith(".ts")) return [entry, source];
    const base = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
    return [entry, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  return Object.fromEntries(built);
}
