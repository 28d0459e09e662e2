import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cookiesOf, createSite } from "./site.ts";

/** contract/tokens.json: what both languages agree on. `issue` marks what the issuer can make. */
interface Contract {
  now: number;
  secrets: Record<"single" | "ring", { BETTER_AUTH_SECRET: string; BETTER_AUTH_SECRETS?: string }>;
  vectors: {
    name: string;
    token: string;
    key: "single" | "ring";
    issue?: { sub: string; email: string; iat: number; exp: number; kid?: string };
  }[];
}

const contract: Contract = JSON.parse(
  readFileSync(new URL("../../../contract/tokens.json", import.meta.url), "utf8"),
);
const issued = contract.vectors.flatMap((vector) =>
  vector.issue ? [{ ...vector, issue: vector.issue }] : [],
);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: contract.now * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("the contract has tokens for both kinds of key", () => {
  expect(new Set(issued.map(({ key }) => key))).toEqual(new Set(["single", "ring"]));
});

test.each(issued)("$name comes out of the endpoint byte for byte", async (vector) => {
  const { sub, email, iat, exp } = vector.issue;
  const { BETTER_AUTH_SECRET: secret, BETTER_AUTH_SECRETS: ring } = contract.secrets[vector.key];
  const secrets = ring?.split(",").map((entry) => {
    const [version = "", value = ""] = entry.split(":");
    return { version: Number(version), value };
  });
  const site = await createSite({ expiresIn: exp - iat }, { secret, ...(secrets && { secrets }) });
  const cookie = cookiesOf(await site.signUp("ada@example.com"));
  site.database.exec("PRAGMA foreign_keys = OFF");
  site.database.prepare("UPDATE user SET id = ?, email = ?").run(sub, email);
  site.database.prepare("UPDATE session SET userId = ?").run(sub);

  vi.setSystemTime(iat * 1000 + 999);
  const { token } = await (await site.get("/gatepass/token", cookie)).json();
  expect(token).toBe(vector.token);
});
