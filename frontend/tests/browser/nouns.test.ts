import { describe, expect, it } from "vitest";
import contract from "../../../contract/openapi.json" with { type: "json" };
import { nouns } from "../../src/nouns";
import type { Field } from "../../src/owned/fields";
import { task } from "./tasks";

const paths = Object.keys(contract.paths);
const owned = paths.flatMap(
  (path) => /^\/api\/users\/\{user_id\}\/([^/{]+)$/.exec(path)?.[1] ?? [],
);

describe("every noun of the API", () => {
  it("is in src/nouns.ts, or it is neither exported nor sent: see docs/extending.md", () => {
    expect(owned.toSorted()).toEqual(nouns.map(({ name }) => name).toSorted());
  });

  it.each(nouns)("$name: what a person can write is described, see docs/extending.md", (noun) => {
    const { schemas } = contract.components as { schemas: Record<string, { properties?: object }> };
    const writable = Object.keys(schemas[`${noun.one}Input`]?.properties ?? {});
    expect(Object.keys(noun.fields).toSorted()).toEqual(writable.toSorted());
  });

  it.each(nouns)("$name: texts may be as long as the API takes them", (noun) => {
    type Shape = { maxLength?: number; anyOf?: Shape[] };
    const { schemas } = contract.components as {
      schemas: Record<string, { properties?: Record<string, Shape> }>;
    };
    for (const [name, field] of Object.entries<Field<unknown>>(noun.fields)) {
      const shape = schemas[`${noun.one}Input`]?.properties?.[name];
      const limit = [shape, ...(shape?.anyOf ?? [])].find((each) => each?.maxLength)?.maxLength;
      if (limit === undefined) continue;
      expect([name, field.problem?.("x".repeat(limit))]).toEqual([name, undefined]);
      expect([name, field.problem?.("x".repeat(limit + 1))]).not.toEqual([name, undefined]);
    }
  });

  it.each(nouns)("$name: filters and orders are those of the list's request", (noun) => {
    const { parameters } =
      contract.paths[`/api/users/{user_id}/${noun.name}` as "/api/users/{user_id}/tasks"].get;
    const asked = parameters
      .map(({ name }) => name)
      .filter((name) => !/^(user_id|limit|cursor)$/.test(name));
    expect(Object.keys(noun.params).toSorted()).toEqual(asked.toSorted());
  });
});

describe("what storage may hold for a field", () => {
  const [tasks] = nouns;
  const holds = (more: object) =>
    tasks?.isWrite({ noun: "tasks", method: "PUT", item: { ...task("1"), ...more } });
  it.each([
    [{}, true],
    [{ due_date: "2024-02-29" }, true],
    [{ due_date: "2026-02-29" }, false],
    [{ due_date: "garbage" }, false],
    [{ due_date: "2026-1-1" }, false],
    [{ due_date: 20260101 }, false],
    [{ due_date: undefined }, false],
    [{ title: null }, false],
    [{ completed: "yes" }, false],
    [{ id: 1 }, false],
    [{ created_at: null }, false],
  ])("%j: %s", (more, expected) => {
    expect(holds(more)).toBe(expected);
  });
});
