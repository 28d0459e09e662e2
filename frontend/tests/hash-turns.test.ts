import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { expect, test } from "vitest";
import { authScope } from "../src/server/auth/auth-scope.ts";
import { inHashTurn } from "../src/server/auth/hash-turns.ts";
import { hashPassword } from "../src/server/auth/password-hash.ts";

test("hashes of passwords leave threads to whatever else needs one", async () => {
  let hashed = 0;
  const hashes = Array.from({ length: 12 }, async () => {
    await hashPassword("a long enough password");
    hashed++;
  });
  await promisify(gzip)("a page");
  expect(hashed).toBeLessThan(3);
  await Promise.all(hashes);
});

test("one address after the other, and whoever sent most makes room", async () => {
  const begun: string[] = [];
  const refused: string[] = [];
  const goOn: (() => void)[] = [];
  const ask = (client: string) =>
    authScope.run({ client }, () =>
      inHashTurn(() => {
        begun.push(client);
        return new Promise<void>((resolve) => goOn.push(resolve));
      }).catch((error) => refused.push(`${client} ${error.statusCode}`)),
    );
  const asked = [
    ...Array.from({ length: 26 }, (_, host) => ask(`2001:db8:1:${host}::1`)),
    ask("192.0.2.7"),
    ask("192.0.2.8"),
  ];
  while (begun.length + refused.length < asked.length || goOn.length > 0) {
    await new Promise(setImmediate);
    goOn.shift()?.();
  }
  await Promise.all(asked);
  expect(refused).toEqual(["2001:db8:1:25::1 429", "2001:db8:1:24::1 429"]);
  expect(begun.indexOf("192.0.2.7")).toBeLessThan(4);
  expect(begun.indexOf("192.0.2.8")).toBeLessThan(5);
});
