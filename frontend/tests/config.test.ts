import { resolve } from "node:path";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { ConfigurationError, readApiUrls, readConfig } from "../src/server/config/config.ts";
import { postgresServers } from "../src/server/config/postgres-address.ts";

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
      connections: 10,
      jwtExpiresIn: 3600,
      sessionExpiresIn: 604_800,
      sessionMaxAge: 2_592_000,
      host: "127.0.0.1",
      port: 3000,
      trustedProxies: [],
      logLevel: "info",
      drainSeconds: 0,
      metricsPort: undefined,
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
    read({ TRUSTED_PROXIES: "fc00::/7, ::ffff:10.0.0.0/104, fe80::/10, ::/97" });
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

test("an https site calls no http API, whatever its name", () => {
  const BETTER_AUTH_URL = "https://tasks.example.com";
  expect(() => read({ BETTER_AUTH_URL })).toThrow(/^NEXT_PUBLIC_API_BASE_URL must be https/);
  const api = { NEXT_PUBLIC_API_BASE_URL: "https://api.example.com" };
  expect(read({ BETTER_AUTH_URL, ...api }).baseUrl).toBe(BETTER_AUTH_URL);
});

test.each(["http://localhost:3100", "http://127.0.0.1:3000", "http://[::1]:3000"])(
  "%s is this machine",
  (url) => {
    expect(read({ BETTER_AUTH_URL: url }).baseUrl).toBe(url);
  },
);

describe("a PostgreSQL address in libpq's spelling", () => {
  const servers = (address: string) => {
    const { urls, readWrite } = postgresServers("AUTH_DATABASE_URL", address);
    const places = urls.map((url) => {
      const { searchParams, pathname } = new URL(url);
      const get = (name: string) => searchParams.get(name);
      return [get("user"), get("password"), get("host"), get("port"), pathname].join(" ");
    });
    return { places, readWrite };
  };

  test.each([
    ["postgresql://u:p%40x@db:5433/auth", ["u p@x db 5433 /auth"], false],
    ["postgres:///auth?host=/var/run/postgresql", ["  /var/run/postgresql 5432 /auth"], false],
    [
      "postgresql://u@a,b:5433/auth?target_session_attrs=read-write&connect_timeout=3",
      ["u  a 5432 /auth", "u  b 5433 /auth"],
      true,
    ],
    ["postgresql://[::1]:1,[fe80::2]:2/auth", ["  ::1 1 /auth", "  fe80::2 2 /auth"], false],
    ["postgresql://u:8472?xYz@127.0.0.1:1/auth", ["u 8472?xYz 127.0.0.1 1 /auth"], false],
    ["postgresql://u%40tenant:p@db:5433/auth", ["u@tenant p db 5433 /auth"], false],
    ["postgresql://db/auth?user=u&password=a+b%2Bc", ["u a+b+c db 5432 /auth"], false],
    ["host=db password = a=b user=u dbname=auth", ["u a=b db 5432 /auth"], false],
    ["host=db options=-csearch_path=auth", ["  db 5432 /"], false],
    [
      "host=a,b port=5432 dbname=auth user=u password='it\\'s x' target_session_attrs=primary",
      ["u it's x a 5432 /auth", "u it's x b 5432 /auth"],
      true,
    ],
    ["postgresql://u@a,/auth", ["u  a 5432 /auth", "u  localhost 5432 /auth"], false],
  ])("%s", (address, places, readWrite) => {
    expect(servers(address)).toEqual({ places, readWrite });
    expect(read({ AUTH_DATABASE_URL: address }).authDatabase.kind).toBe("postgres");
  });
});

test.each(["au$th", "eu+auth", "a,b:c;d&e", "a b", "ä%"])(
  "a database called %s is called so by node-postgres too",
  (database) => {
    const address = `postgresql://db/${encodeURIComponent(database)}`;
    const [connectionString] = postgresServers("AUTH_DATABASE_URL", address).urls;
    expect(new Client({ connectionString }).database).toBe(database);
  },
);

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
    ["AUTH_DATABASE_URL", "sqlite://auth.sqlite"],
    ["AUTH_DATABASE_URL", "sqlite://u:hunter2@db/auth"],
    ["BETTER_AUTH_URL", "https://user:pw@example.com"],
    ["NEXT_PUBLIC_API_BASE_URL", "ftp://example.com"],
    ["NEXT_PUBLIC_API_BASE_URL", "http://example.com/?a"],
    ["NEXT_PUBLIC_API_BASE_URL", "http://exa mple.com"],
    ["API_INTERNAL_URL", "api:8000"],
    ["AUTH_DATABASE_URL", "mysql://db/auth"],
    ["AUTH_DATABASE_URL", "postgresql://[bad"],
    ["AUTH_DATABASE_URL", "file://auth.sqlite"],
    ["AUTH_DATABASE_URL", "file:///a%2Fb"],
    ["AUTH_DATABASE_URL", "file:///a%zz"],
    ["AUTH_DATABASE_URL", "file://[x"],
    ["AUTH_DATABASE_URL", "file:///auth.sqlite?mode=ro"],
    ["AUTH_DATABASE_URL", "file:auth.sqlite?mode=ro"],
    ["JWT_EXPIRES_IN", "0"],
    ["JWT_EXPIRES_IN", "86401"],
    ["JWT_EXPIRES_IN", "1h"],
    ["JWT_EXPIRES_IN", "1e3"],
    ["SESSION_EXPIRES_IN", "-1"],
    ["WEB_PORT", "65536"],
    ["WEB_PORT", "3000.5"],
    ["BETTER_AUTH_URL", "http://tasks.example.com"],
    ["BETTER_AUTH_URL", "http://192.168.1.7:3000"],
    ["BETTER_AUTH_URL", "http://127.0.0.1.example.com"],
    ["NEXT_PUBLIC_API_BASE_URL", "http://api.example.com"],
    ["AUTH_DATABASE_URL", "postgresql://db/auth?conect_timeout=3"],
    ["AUTH_DATABASE_URL", "postgresql://a,b/auth?target_session_attrs=standby"],
    ["AUTH_DATABASE_URL", "postgresql://a:1,b:2/auth?port=5432,5433,5434"],
    ["AUTH_DATABASE_URL", "postgresql://db/auth?sslmode=prefer"],
    ["AUTH_DATABASE_URL", "host=db dbname='auth"],
    ["AUTH_DATABASE_POOL_SIZE", "1"],
    ["SESSION_MAX_AGE", "0"],
    ["DRAIN_SECONDS", "-1"],
    ["METRICS_PORT", "65536"],
    ["TRUSTED_PROXIES", "0.0.0.0/0"],
    ["TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1"],
    ["TRUSTED_PROXIES", "::/0"],
    ["TRUSTED_PROXIES", "::/7"],
    ["TRUSTED_PROXIES", "::/80"],
    ["TRUSTED_PROXIES", "::ffff:0:0/96"],
    ["TRUSTED_PROXIES", "::ffff:0.0.0.0/97"],
    ["TRUSTED_PROXIES", "::ffff:128.0.0.0/97"],
    ["TRUSTED_PROXIES", "::ffff:a00:0/103"],
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
      { AUTH_DATABASE_URL: "a_user:hunter2@db/auth" },
      { AUTH_DATABASE_URL: "postgresql//u:hunter2@db/auth" },
      { AUTH_DATABASE_URL: " postgresql://u:hunter2@db/auth" },
      { AUTH_DATABASE_URL: "'postgresql://u:hunter2@db/auth'" },
      { AUTH_DATABASE_URL: "pasword=hunter2 host=db dbname=auth" },
      { AUTH_DATABASE_URL: "postgresql://u:hunter2@[bad" },
      { AUTH_DATABASE_URL: "host=h port= password=hunter2" },
      { AUTH_DATABASE_URL: "host= password=hunter2 dbname=auth" },
      { AUTH_DATABASE_URL: "host=db user= password=hunter2 dbname=auth" },
      { AUTH_DATABASE_URL: "host=db dbname= password=hunter2" },
      { AUTH_DATABASE_URL: "host=db application_name=\n password=hunter2" },
      { AUTH_DATABASE_URL: "host=db user='password=hunter2'" },
      { AUTH_DATABASE_URL: "host=db user=hunter2 password= sslmode=verify-full" },
      { AUTH_DATABASE_URL: "host=db password=my hunter2=1" },
      { AUTH_DATABASE_URL: "host=db port=hunter2" },
      { AUTH_DATABASE_URL: "postgresql://u:8472@hunter2@db/auth" },
      { AUTH_DATABASE_URL: "postgresql://u:8472/hunter2@db/auth" },
      { AUTH_DATABASE_URL: "postgresql://u:8472?hunter2/x@db/auth" },
      { AUTH_DATABASE_URL: "postgresql://u:8472/x?hunter2=y@db/auth" },
      { AUTH_DATABASE_URL: "postgresql://u:hunter2/x@db/auth" },
      { AUTH_DATABASE_URL: "file://u:hunter2@db/auth" },
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
