import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

test("a client that leaves while Next.js reads its body is no error of ours", async () => {
  const path = new URL("../src/server/http/console-log.ts", import.meta.url).href;
  const script = `
    const { logConsole } = await import(${JSON.stringify(path)});
    logConsole();
    console.error(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    console.error(new Error("kept"));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  await once(child, "close");
  expect(said).toContain("kept");
  expect(said).not.toContain("aborted");
});

test("a log that nobody takes ends nothing", async () => {
  const path = new URL("../src/server/http/log.ts", import.meta.url).href;
  const script = `
    const { log } = await import(${JSON.stringify(path)});
    process.stdin.on("data", () => {
      log.info("one");
      setTimeout(() => log.info("two"), 50);
      setTimeout(() => process.stdout.write("still here"), 100);
      process.stdin.unref();
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let said = "";
  child.stdout.on("data", (data) => {
    said += data;
  });
  child.stderr.destroy();
  child.stdin.end("go");
  const [code] = await once(child, "close");
  expect([code, said]).toEqual([0, "still here"]);
});
