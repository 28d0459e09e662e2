import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigurationError, readApiUrls, readConfig } from "../src/server/config/config.ts";

const SECRET = "Zk3v8Qx1Lw9Rt5Yb7Nc2Mf4Hd6Js0Pa+";
const read = (variables: Record<string, string>) =>
  readConfig({ BETTER_AUTH_SECRET: SECRET, ...variables });

describe("defaults", () => {
  test("everything but the secret has one", () => {
    expect(read({})).toEqual({
      secrets: { secret: SECRET },
      baseUrl: "http://localhost:3000",
      apiBaseUrl: "http://localhost:8000",
      apiInternalUrl: "http://localhost:8000",
      authDatabase: { kind: "sqlite", path: resolve("auth.sqlite") },
      jwtExpiresIn: 3600,
      sessionExpiresIn: 604_800,
      host: "127.0.0.1",
      port: 3000,
      trustedProxies: [],
      logLevel: "info",
    });
  });

  test("an empty value counts as unset", () => {
    const names = ["BETTER_AUTH_SECRETS", "WEB_PORT", "API_INTERNAL_URL", "AUTH_DATABASE_URL"];
    const empty = Object.fromEntries(names.map((name) => [name, ""]));
    expect(read(empty)).toEqual(read({}));
  });

  test("the port moves the public origin along", () => {
    expect(read({ WEB_PORT: "3100" }).baseUrl).toBe("http://localhost:3100");
  });

  test("the internal address of the API follows the public one", () => {
    const apis = readApiUrls({ NEXT_PUBLIC_API_BASE_URL: "https://api.example.com/v1/" });
    expect(apis.apiBaseUrl).toBe("https://api.example.com/v1");
    expect(apis.apiInternalUrl).toBe("https://api.example.com/v1");
  });
});

describe("values", () => {
  test("a list of proxies", () => {
    const { trustedProxies } = read({ TRUSTED_PROXIES: " 10.0.0.0/8, ::1 ,192.0.2.7" });
    expect(trustedProxies).toEqual(["10.0.0.0/8", "::1", "192.0.2.7"]);
  });

  test.each([
    ["/var/lib/auth.sqlite", "/var/lib/auth.sqlite"],
    ["data/auth.sqlite", resolve("data/auth.sqlite")],
    ["file:///var/lib/auth.sqlite", "/var/lib/auth.sqlite"],
    ["sqlite:////var/lib/auth.sqlite", "/var/lib/auth.sqlite"],
    ["sqlite:///data/auth.sqlite", resolve("data/auth.sqlite")],
  ])("SQLite at %s", (value, path) => {
    expect(read({ AUTH_DATABASE_URL: value }).authDatabase).toEqual({ kind: "sqlite", path });
  });

  test.each(["postgresql://u:p@db:5432/auth", "postgres://db/auth"])("PostgreSQL at %s", (url) => {
    expect(read({ AUTH_DATABASE_URL: url }).authDatabase).toEqual({ kind: "postgres", url });
  });
});

describe("a mistake is one line that names the variable", () => {
  test.each([
    ["BETTER_AUTH_SECRET", ""],
    ["BETTER_AUTH_SECRET", "short"],
    ["BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890"],
    ["BETTER_AUTH_SECRET", "x".repeat(64)],
    ["BETTER_AUTH_SECRET", "please-CHANGE_ME-0123456789-0123456789"],
    ["BETTER_AUTH_SECRETS", SECRET],
    ["BETTER_AUTH_SECRETS", `2:${SECRET},2:${SECRET}x`],
    ["BETTER_AUTH_SECRETS", `02:${SECRET}`],
    ["BETTER_AUTH_SECRETS", `2:${SECRET},1:short`],
    ["BETTER_AUTH_SECRETS", `2:${SECRET},`],
    ["BETTER_AUTH_URL", "localhost:3000"],
    ["BETTER_AUTH_URL", "https://example.com/app"],
    ["BETTER_AUTH_URL", "https://user:pw@example.com"],
    ["NEXT_PUBLIC_API_BASE_URL", "ftp://example.com"],
    ["NEXT_PUBLIC_API_BASE_URL", "http://example.com/?a"],
    ["NEXT_PUBLIC_API_BASE_URL", "http://exa mple.com"],
    ["API_INTERNAL_URL", "api:8000"],
    ["AUTH_DATABASE_URL", "mysql://db/auth"],
    ["AUTH_DATABASE_URL", "postgresql://[bad"],
    ["JWT_EXPIRES_IN", "0"],
    ["JWT_EXPIRES_IN", "86401"],
    ["JWT_EXPIRES_IN", "1h"],
    ["JWT_EXPIRES_IN", "1e3"],
    ["SESSION_EXPIRES_IN", "-1"],
    ["WEB_PORT", "65536"],
    ["WEB_PORT", "3000.5"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal"],
    ["TRUSTED_PROXIES", "*"],
    ["LOG_LEVEL", "trace\nDEBUG"],
  ])("%s=%j", (name, value) => {
    const mistake = () => read({ [name]: value });
    expect(mistake).toThrow(ConfigurationError);
    expect(mistake).toThrow(new RegExp(`^${name}\\b.{15,}$`));
  });

  test("no message holds a secret or a password", () => {
    const mistakes: Record<string, string>[] = [
      { BETTER_AUTH_SECRET: "hunter2hunter2" },
      { BETTER_AUTH_SECRETS: `1:${SECRET},hunter2` },
      { AUTH_DATABASE_URL: "mysql://u:hunter2@db/auth" },
      { AUTH_DATABASE_URL: "postgresql://u:hunter2@[bad" },
      { BETTER_AUTH_URL: "https://user:hunter2@example.com" },
    ];
    for (const variables of mistakes) {
      expect(() => read(variables)).toThrow(/^((?!hunter2).)*$/);
    }
  });
});

describe("secrets", () => {
  test("of a ring the first is the current one; entries are trimmed, the single one is not", () => {
    const { secrets } = read({
      BETTER_AUTH_SECRET: ` ${SECRET}`,
      BETTER_AUTH_SECRETS: ` 2: ${SECRET}:two , 1:${SECRET}one`,
    });
    expect(secrets.secret).toBe(` ${SECRET}`);
    expect(secrets.ring).toEqual([
      { version: 2, value: `${SECRET}:two` },
      { version: 1, value: `${SECRET}one` },
    ]);
  });

  test("a ring is enough", () => {
    const { secrets } = read({ BETTER_AUTH_SECRET: "", BETTER_AUTH_SECRETS: `1:${SECRET}` });
    expect(secrets).toEqual({ ring: [{ version: 1, value: SECRET }] });
  });
});
