import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cookiesOf, createSite } from "./site.ts";

const WORKSPACE = join(import.meta.dirname, "../../..");
const SERVER = `
import sys
from tools.postgres import Postgres
with Postgres() as server:
    print(server.create("auth"), flush=True)
    sys.stdin.read()
`;
const RENEWALS = 400;

let server: ChildProcess;
let url: string;

beforeAll(async () => {
  const python = join(WORKSPACE, ".venv/bin/python");
  server = spawn(python, ["-c", SERVER], { cwd: WORKSPACE, stdio: ["pipe", "pipe", "inherit"] });
  if (!server.stdout) throw new Error("no output");
  for await (const line of createInterface({ input: server.stdout })) {
    url = line;
    break;
  }
}, 60_000);

afterAll(() => new Promise((resolve) => server.once("exit", resolve).stdin?.end()), 30_000);

test("while connections are cut, a renewal is a pass or a 503, never a 401", {
  timeout: 60_000,
}, async () => {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Else what happens to a connection between two statements would end this process.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", () => {});
  const site = await createSite({}, { database: pool });
  const cookie = cookiesOf(await site.signUp("ada@example.com"));
  const operator = new pg.Client({ connectionString: url });
  await operator.connect();
  let cut = 0;
  let cutting = true;
  const cuts = (async () => {
    while (cutting) {
      const { rowCount } = await operator.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()",
      );
      cut += rowCount ?? 0;
    }
  })();

  const statuses: Record<number, number> = {};
  for (let at = 0; at < RENEWALS; at += 4) {
    const answers = [1, 2, 3, 4].map(() => site.get("/gatepass/token", cookie));
    for (const { status } of await Promise.all(answers))
      statuses[status] = (statuses[status] ?? 0) + 1;
  }
  cutting = false;
  await cuts;
  await operator.end();
  await pool.end();

  expect(cut).toBeGreaterThan(10);
  expect(Object.keys(statuses).every((status) => ["200", "503"].includes(status))).toBe(true);
  expect(statuses[503], "some were cut in the middle").toBeGreaterThan(0);
});
