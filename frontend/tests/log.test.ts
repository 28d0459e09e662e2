import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { logExchange } from "../src/server/http/request-log.ts";

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

test("a line shows no more of an address than somebody reads, and nothing secret of that", async () => {
  const lines: Record<string, unknown>[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)));
    return true;
  });
  const server = createServer((request, response) => {
    logExchange(request, response, "192.0.2.7");
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await (
    await fetch(`http://127.0.0.1:${port}/a?token=${"x".repeat(600)}&b=${"y".repeat(9000)}`)
  ).text();
  await vi.waitFor(() => expect(lines).toHaveLength(1), 10_000);
  write.mockRestore();
  server.close();
  const url = String(lines[0]?.url);
  expect(url).toMatch(/^\/a\?token=\[redacted\]&b=y+$/);
  expect(url).toHaveLength(500);
});
