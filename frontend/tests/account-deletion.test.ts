import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

let api: Server;
let status: number;
/** The first answers, where they differ from `status`. */
let statuses: number[];
/** What the API waits for before it answers. */
let meanwhile: Promise<void>;
let asked: Pick<IncomingMessage, "method" | "url" | "headers">[];
let site: Site;

/** The API at its network edge: notes what it is asked, answers `status`. */
beforeEach(async () => {
  [status, statuses, asked, meanwhile] = [204, [], [], Promise.resolve()];
  api = createServer(({ method, url, headers }, response) => {
    asked.push({ method, url, headers });
    setImmediate(async () => {
      await meanwhile;
      response.writeHead(statuses.shift() ?? status).end();
    });
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const { port } = api.address() as AddressInfo;
  site = await createSite({ API_INTERNAL_URL: `http://127.0.0.1:${port}/` });
});

afterEach(() => api.close());

async function signUp() {
  const response = await site.signUp("leave@example.com");
  const { user } = (await response.json()) as { user: { id: string } };
  const cookie = cookiesOf(response);
  return {
    id: user.id,
    leave: (password: string) => site.post("/delete-user", { password }, cookie),
  };
}

const toldAgain = (times: number) =>
  vi.waitFor(() => expect(asked).toHaveLength(times), { timeout: 30_000 });

const claimsOf = (pass = "") =>
  JSON.parse(Buffer.from(pass.split(".")[1] ?? "", "base64url").toString());

test("what the user has goes first and twice more when the account is gone, with the user's own pass", async () => {
  const { id, leave } = await signUp();
  expect((await leave(PASSWORD)).status).toBe(200);
  // Whoever leaves waits for the first alone: a page whose session is gone would say so itself.
  expect(asked).toHaveLength(1);
  await toldAgain(3);
  for (const { method, url, headers } of asked) {
    expect([method, url]).toEqual(["DELETE", `/api/users/${id}`]);
    expect(claimsOf(headers.authorization)).toMatchObject({ sub: id });
  }
  // What had read its session before the account went has signed a pass by then.
  const [first, second, last] = asked.map(({ headers }) => claimsOf(headers.authorization).iat);
  expect(second).toBeGreaterThan(first);
  // Also by a clock that is ahead by the five seconds which the API bears with.
  expect(last - first).toBeGreaterThan(5);
  expect((await site.signIn("leave@example.com")).status).toBe(401);
});

test("a pass that another device renews meanwhile is not newer than what the API is told last", async () => {
  const { leave } = await signUp();
  const other = cookiesOf(await site.signIn("leave@example.com"));
  let renewed = "";
  api.once("request", () => {
    meanwhile = sleep(1100)
      .then(() => site.get("/gatepass/token", other))
      .then(async (answer) => {
        renewed = ((await answer.json()) as { token: string }).token;
      });
  });
  expect((await leave(PASSWORD)).status).toBe(200);
  await toldAgain(2);
  const told = asked.map(({ headers }) => claimsOf(headers.authorization).iat);
  expect(told.at(-1)).toBeGreaterThanOrEqual(claimsOf(renewed).iat);
  expect((await site.get("/gatepass/token", other)).status).toBe(401);
});

test.each([
  ["answers 503 for a moment", [204, 503, 204], 4],
  ["knows already", [204, 401, 401], 3],
])("the account is gone when the API, told again, %s", async (_, answers, times) => {
  statuses.push(...answers);
  const { leave } = await signUp();
  expect((await leave(PASSWORD)).status).toBe(200);
  await toldAgain(times);
});

test("the account is gone also when the API cannot be told again", {
  timeout: 30_000,
}, async () => {
  statuses.push(204);
  status = 503;
  const { leave } = await signUp();
  expect((await leave(PASSWORD)).status).toBe(200);
  expect((await site.signIn("leave@example.com")).status).toBe(401);
});

test("the API is told again also where the database's answer about the end was lost", async () => {
  const { leave } = await signUp();
  const prepare = site.database.prepare.bind(site.database);
  vi.spyOn(site.database, "prepare").mockImplementation((sql) => {
    const statement = prepare(sql);
    if (!sql.startsWith('delete from "user"')) return statement;
    const execute = statement.run.bind(statement);
    const run = (...values: never[]) => {
      execute(...values);
      throw new Error("connection lost");
    };
    return Object.assign(statement, { run });
  });
  expect((await leave(PASSWORD)).status).toBe(503);
  await toldAgain(3);
});

test.each([401, 500, 503])("nothing is deleted when the API answers %i", async (answer) => {
  status = answer;
  const { leave } = await signUp();
  const response = await leave(PASSWORD);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: "DATA_NOT_DELETED" });
  expect((await site.signIn("leave@example.com")).status).toBe(200);
});

test("nothing is deleted when the API is away", async () => {
  const { leave } = await signUp();
  api.close();
  api.closeAllConnections();
  expect((await leave(PASSWORD)).status).toBe(503);
  expect((await site.signIn("leave@example.com")).status).toBe(200);
});

test("a deletion that fails half way leaves the whole account, and can be tried again", async () => {
  const { leave } = await signUp();
  const rows = () =>
    ["user", "account", "session"].map(
      (table) => site.database.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.n,
    );
  site.database.exec(
    "CREATE TRIGGER fails BEFORE DELETE ON user BEGIN SELECT RAISE(ABORT, 'a fault'); END",
  );
  expect((await leave(PASSWORD)).status).toBe(500);
  expect(rows()).toEqual([1, 1, 1]);
  site.database.exec("DROP TRIGGER fails");
  expect((await leave(PASSWORD)).status).toBe(200);
  expect(rows()).toEqual([0, 0, 0]);
  expect((await site.signUp("leave@example.com")).status).toBe(200);
});

test("nothing goes without the password", async () => {
  const { leave } = await signUp();
  expect((await leave("not the password")).status).toBe(400);
  expect(asked).toEqual([]);
});
