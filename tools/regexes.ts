/**
 * Looks for regular expressions whose time grows faster than their input (CWE-1333), in what we
 * ship: every literal goes through recheck, and one made of text at run time is refused, since
 * nobody can tell what it is. Python's go through regexploit; see the Makefile.
 *
 * Usage: node tools/regexes.ts
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "recheck";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");
const SHIPPED = ["frontend/src", "frontend/server.ts", "frontend/scripts", "packages/npm/src"];

type Found = { where: string; source: string; flags: string } | { where: string; source?: never };

function* expressions(path: string): Generator<Found> {
  const file = ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), {
    languageVersion: ts.ScriptTarget.Latest,
  });
  const pending: ts.Node[] = [file];
  for (let node = pending.pop(); node; node = pending.pop()) {
    pending.push(...node.getChildren(file));
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    const where = `${path}:${line}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      yield { where, source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
    }
    if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText(file) === "RegExp"
    )
      yield { where };
  }
}

const listed = execFileSync("git", ["ls-files", ...SHIPPED], { cwd: ROOT, encoding: "utf8" });
const paths = listed.split("\n").filter((path) => /\.tsx?$/.test(path));
let bad = 0;
for (const found of paths.flatMap((path) => [...expressions(path)])) {
  if (found.source === undefined) {
    console.error(`${found.where}: made of text at run time; write a literal`);
    bad++;
    continue;
  }
  const verdict = await check(found.source, found.flags, { timeout: 60_000 });
  if (verdict.status === "safe") continue;
  const why = verdict.status === "vulnerable" ? verdict.complexity.summary : verdict.error.kind;
  console.error(`${found.where}: /${found.source}/ is ${verdict.status}, ${why}`);
  bad++;
}
process.exitCode = bad > 0 ? 1 : 0;
