import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSecrets } from "../src/server/config/secrets.ts";
import { ConfigurationError } from "../src/server/config/variables.ts";

/** contract/secrets.json: the Python half reads the same variables and must decide alike. */
interface Contract {
  placeholders: string[];
  cases: {
    name: string;
    note: string;
    env: Record<string, string>;
    valid: boolean;
    names: string | null;
    current: { secret: string; kid: string | null; others: string[] } | null;
  }[];
}

const contract: Contract = JSON.parse(
  readFileSync(new URL("../../contract/secrets.json", import.meta.url), "utf8"),
);

describe("contract/secrets.json", () => {
  test.each(contract.cases)("$name: $note", ({ env, valid, names, current }) => {
    if (valid) {
      const { secret, ring } = parseSecrets(env);
      const values = [...(ring ?? []).map(({ value }) => value), ...(secret ? [secret] : [])];
      const [first, ...others] = new Set(values);
      const kid = ring ? String(ring[0]?.version) : null;
      expect({ secret: first, kid, others }).toEqual(current);
    } else {
      expect(() => parseSecrets(env)).toThrow(ConfigurationError);
      expect(() => parseSecrets(env)).toThrow(new RegExp(`^${names}\\b[^\n]+$`));
    }
  });

  test.each(contract.placeholders)("%s is a placeholder here too", (placeholder) => {
    const secret = `Zk3v8Qx1Lw9Rt5Yb7Nc2Mf4Hd6Js0Pa-${placeholder}`;
    expect(() => parseSecrets({ BETTER_AUTH_SECRET: secret })).toThrow(/known placeholder/);
  });
});
