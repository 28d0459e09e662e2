import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
const WORKSPACE = join(PACKAGE, "../..");
const MODULES = join(WORKSPACE, "node_modules");
const NODE = dirname(process.execPath);
const NPM = join(NODE, "../lib/node_modules/npm/bin/npm-cli.js");
const PATIENCE = 120_000;

const scratch = mkdtempSync(join(tmpdir(), "gatepass-npm-"));
const copy = join(scratch, "packages/npm");
const app = join(scratch, "app");
const installed = join(app, "node_modules/gatepass");
let tarball: string;

function run(cwd: string, program: string, ...words: string[]): string {
  const env = { ...process.env, PATH: `${NODE}${delimiter}${process.env.PATH}` };
  return execFileSync(program, words, { cwd, env, encoding: "utf8" });
}

/** Packs a copy of this package, and installs the tarball where no workspace is in sight. */
beforeAll(() => {
  const own = (path: string) => !/node_modules|dist/.test(path.slice(PACKAGE.length));
  cpSync(PACKAGE, copy, { recursive: true, filter: own });
  cpSync(join(WORKSPACE, "tsconfig.base.json"), join(scratch, "tsconfig.base.json"));
  symlinkSync(MODULES, join(scratch, "packages/node_modules"), "junction");
  // Whoever lets npm run no scripts, as a user setting, still packs what is published.
  const words = ["pack", "--silent", "--offline", "--ignore-scripts=false"];
  const packed = run(copy, process.execPath, NPM, ...words).trim();
  tarball = join(copy, packed);

  mkdirSync(installed, { recursive: true });
  run(copy, "tar", "xzf", tarball, "--strip-components=1", "-C", installed);
  for (const name of ["better-auth", "jose", "@types"])
    symlinkSync(join(MODULES, name), join(app, "node_modules", name), "junction");
  cpSync(join(PACKAGE, "tests/app.ts"), join(app, "app.mts"));
}, PATIENCE);

afterAll(() => rmSync(scratch, { recursive: true }));

/** Below those from which outgoing connections take theirs, above 10080, which browsers refuse. */
function freePort(): Promise<number> {
  const port = randomInt(11_000, 32_768);
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(freePort()));
    server.listen(port, () => server.close(() => resolve(port)));
  });
}

test("packing leaves package.json as it was, and nothing behind", () => {
  const manifest = (root: string) => readFileSync(join(root, "package.json"), "utf8");
  expect(manifest(copy)).toBe(manifest(PACKAGE));
  expect(existsSync(join(copy, "dist"))).toBe(false);
});

test("the package brings its licence and page, and no source", () => {
  for (const name of ["LICENSE", "README.md"]) expect(existsSync(join(installed, name))).toBe(true);
  expect(existsSync(join(installed, "src"))).toBe(false);
});

test("plain Node runs it", { timeout: PATIENCE }, () => {
  const tokens: string[] = JSON.parse(run(app, process.execPath, "app.mts"));
  expect(tokens.map((token) => token.split(".").length)).toEqual([3, 3]);
});

test("its types hold a strict app that resolves as Node does", { timeout: PATIENCE }, () => {
  const options = "--noEmit --strict --module nodenext --target es2023 --types node --skipLibCheck";
  const tsc = join(MODULES, "typescript/bin/tsc");
  run(app, process.execPath, tsc, ...options.split(" "), "app.mts");
});

test("it names nothing that only a checkout has", () => {
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(Object.keys(manifest)).not.toContain("scripts");
  expect(Object.keys(manifest)).not.toContain("devDependencies");
  expect(manifest.dependencies).toEqual({ jose: expect.any(String) });
});

describe("the code of the README, as it is printed", () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)];

  beforeAll(() => {
    writeFileSync(join(app, "package.json"), '{ "type": "module" }');
    for (const [, name = "", code = ""] of blocks)
      writeFileSync(join(app, name), code.replaceAll("3000", "0"));
  });

  test("is all there", () => {
    expect(blocks.map(([, name]) => name)).toEqual(["auth.ts", "server.ts", "page.ts"]);
    expect(blocks).toHaveLength(readme.match(/^```ts$/gm)?.length ?? 0);
  });

  test("holds its types", { timeout: PATIENCE }, () => {
    const options =
      "--noEmit --strict --module nodenext --target es2023 --types node --skipLibCheck";
    const tsc = join(MODULES, "typescript/bin/tsc");
    const names = blocks.map(([, name = ""]) => name);
    const more = [...options.split(" "), "--allowImportingTsExtensions", ...names];
    run(app, process.execPath, tsc, ...more);
  });

  test("is a server that starts, and a page's pass", { timeout: PATIENCE }, () => {
    const script = `
      await import("./server.ts");
      const { auth } = await import("./auth.ts");
      const { pass } = await import("./page.ts");
      const signUp = await auth.handler(
        new Request("http://localhost:0/api/auth/sign-up/email", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: "long enough" }),
        }),
      );
      pass.adopt(signUp);
      process.stdout.write(String(pass.freshFor() > 3_500_000));
      process.exit();
    `;
    writeFileSync(join(app, "readme.mts"), script);
    process.env.BETTER_AUTH_SECRET = "0f6d1c8b7a5e4938271605f4e3d2c1b0a9f8e7d6";
    const preamble = "data:text/javascript,globalThis.location={href:'http://localhost/'}";
    const words = ["--disable-warning=ExperimentalWarning", "--import", preamble, "readme.mts"];
    expect(run(app, process.execPath, ...words)).toBe("true");
  });
});

test("the commands of the README, as they are printed", { timeout: PATIENCE }, async () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const printed = [...readme.matchAll(/^```console\n(.*?)^```/gms)][1]?.[1] ?? "";
  const commands = printed.match(/^(\$ | {4}).*$/gm)?.map((line) => line.replace(/^\$ /, ""));
  const port = String(await freePort());
  const folder = join(app, "commands");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [, name = "", code = ""] of readme.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms))
    writeFileSync(join(folder, name), code.replaceAll("3000", port));
  const [secret, start, ...ask] = commands ?? [];
  const up = `until curl -s localhost:${port} >/dev/null; do kill -0 $!; sleep 0.1; done`;
  // What Better Auth's handler throws at ends no server.
  const odd = "curl -s -X TRACE localhost:3000";
  const script = [secret, start, "trap 'kill $!' EXIT", up, odd, ...ask].join("\n");
  const said = run(folder, "bash", "-ec", script.replaceAll("3000", port));
  const expected = printed.trim().split("\n").at(-1)?.replace("...", "");
  expect(expected).toMatch(/^set-auth-jwt: eyJ/);
  expect(said).toContain(expected);
});

test("publint has nothing to say", { timeout: PATIENCE }, () => {
  const publint = join(MODULES, "publint/src/cli.js");
  expect(run(app, process.execPath, publint, installed, "--strict", "--pack", "false")).toContain(
    "All good!",
  );
});

test("its types are right for every way to resolve an ES module", { timeout: PATIENCE }, () => {
  const attw = join(MODULES, "@arethetypeswrong/cli/dist/index.js");
  const found = run(app, process.execPath, attw, tarball, "--profile", "esm-only", "--no-color");
  for (const entry of ["server", "client", "browser"])
    expect(found).toContain(`"gatepass/${entry}"`);
});
