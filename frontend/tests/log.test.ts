import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

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
