import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import contract from "../../../contract/openapi.json" with { type: "json" };
import { nouns } from "../../src/nouns";
import { countUnsent, createOutbox } from "../../src/outbox/outbox";
import type { Write } from "../../src/outbox/write";
import { type Field, prose } from "../../src/owned/fields";
import { defineNoun, type Noun } from "../../src/owned/noun";
import { SIGNED_IN_PAGES } from "../../src/server/config/signed-in-pages";
import { type Task, tasks } from "../../src/tasks/task";
import { alone } from "./channel";
import { page } from "./page";
import { task } from "./tasks";

page();

const enums = contract.components.schemas;
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

  it.each(nouns)("$name: a new one has what the API gives it where nothing is said", (noun) => {
    const { schemas } = contract.components as {
      schemas: Record<string, { properties?: Record<string, { default?: unknown }> }>;
    };
    const made = { ...noun.create("1", {}) } as Record<string, unknown>;
    for (const [name, shape] of Object.entries(schemas[`${noun.one}Input`]?.properties ?? {}))
      if ("default" in shape) expect([name, made[name]]).toEqual([name, shape.default]);
  });

  it.each(nouns)("$name: a new form is empty, else no draft would fill it", (noun) => {
    for (const [name, text] of Object.entries(noun.toText(noun.create("1", {}))))
      expect(text, `${name}: show its initial value as no text`).toBe("");
  });

  it.each(nouns)("$name: has a page, and each page its address and a link", (noun) => {
    const folder = new URL("../../src/app/(signed-in)/", import.meta.url);
    const source = (path: string) => readFileSync(new URL(path, folder), "utf8");
    const pages = readdirSync(folder).filter((each) =>
      existsSync(new URL(`${each}/page.tsx`, folder)),
    );
    const addresses = pages.map((each) => `/${each}`);
    const listed = "list it in server/config/signed-in-pages.ts, or make its page";
    expect(SIGNED_IN_PAGES.toSorted(), listed).toEqual(addresses.toSorted());
    const shown = pages.map((each) => source(`${each}/page.tsx`)).join();
    expect(shown, "give it a page, see docs/extending.md").toContain(`/${noun.name}/`);
    const links = source("app-shell.tsx") + source("../../session/account-menu.tsx");
    for (const address of addresses) {
      expect(links, "link to it").toContain(`"${address}"`);
      const [, back] = /requireSession\(["`](\/\w*)/.exec(source(`.${address}/page.tsx`)) ?? [];
      expect(back, "require a session for its own address").toBe(address);
    }
  });

  it.each(nouns)("$name: filters and orders are those of the list's request", (noun) => {
    const { parameters } =
      contract.paths[`/api/users/{user_id}/${noun.name}` as "/api/users/{user_id}/tasks"].get;
    const asked = parameters.filter(({ name }) => !/^(user_id|limit|cursor)$/.test(name));
    expect(Object.keys(noun.params).toSorted()).toEqual(asked.map(({ name }) => name).toSorted());
    for (const { name, schema } of asked) {
      const { labels, limit, initial, matches, key } = noun.params[name] ?? {};
      const { $ref, maxLength, default: first } = schema as Partial<Record<string, unknown>>;
      const values = enums[String($ref).split("/").at(-1) as "Sort"]?.enum;
      const named = labels && Object.keys(labels).filter((value) => value !== "");
      expect(named?.toSorted(), `${name}: a label for each value`).toEqual(values?.toSorted());
      expect([limit, initial], name).toEqual([maxLength, first ?? ""]);
      expect(matches ?? key, `${name}: say what it matches, or by what it sorts`).toBeDefined();
    }
    expect(noun.params.sort?.labels, "an export goes by it").toHaveProperty("created_at");
    for (const sort of Object.keys(noun.params.sort?.labels ?? {})) {
      const field = sort.replace(/^-/, "");
      const { schemas } = contract.components as { schemas: Record<string, object> };
      const shown = schemas[noun.one] as { properties: Record<string, object> };
      if (!JSON.stringify(shown.properties[field]).includes('"format":"date')) continue;
      const item = { ...noun.create("1", {}), [field]: "2026-01-02" };
      const key = noun.params.sort?.key?.(item, sort);
      expect(key, `sort by what ${sort} says`).toBe("2026-01-02");
    }
  });
});

describe("what a form takes", () => {
  const values = [
    "",
    " ",
    "Tea",
    "false",
    "12",
    "2026-02-29",
    "20266-11-30",
    "275760-09-13",
    "0099-01-01",
  ];
  it.each(nouns)("$name: is never dropped as of no build", (noun) => {
    for (const name of noun.inForm)
      for (const typed of values) {
        const texts = { ...noun.toText(noun.create("1", {})), [name]: typed };
        const item = noun.create("1", noun.fromText(texts));
        const write: Write = { noun: noun.name, method: "PUT", item };
        expect([name, typed, name in noun.check(texts) || !noun.isWrong(write)]).toEqual([
          name,
          typed,
          true,
        ]);
      }
  });

  it("is a day of four digits for the year", () => {
    expect(tasks.check({ title: "Tea", due_date: "20266-11-30" })).toHaveProperty("due_date");
    expect(tasks.check({ title: "Tea", due_date: "2026-11-30" })).toEqual({});
  });
});

describe("what this build can send of what storage holds", () => {
  const { isWrite } = tasks;
  const put = (more: object) => ({ noun: "tasks", method: "PUT", item: { ...task("1"), ...more } });
  const change = (changes: unknown) => ({ ...put({}), method: "PATCH", changes });
  it.each([
    [{}, true],
    [{ due_date: "2024-02-29" }, true],
    [{ due_date: "2026-02-29" }, false],
    [{ due_date: "garbage" }, false],
    [{ due_date: "2026-1-1" }, false],
    [{ due_date: 20260101 }, false],
    [{ due_date: undefined }, true],
    [{ title: null }, false],
    [{ completed: "yes" }, false],
    [{ id: 1 }, false],
    [{ created_at: null }, false],
    [{ place: "Turin" }, true],
    [{ place: "Turin", created_at: "" }, false],
  ])("a put task with %j: %s", (more, expected) => {
    expect(isWrite(put(more))).toBe(expected);
  });

  it.each([
    [{ title: "Tea" }, true],
    [{ title: 1 }, false],
    [{ place: "Turin" }, false],
    [{ constructor: 1 }, false],
    [undefined, false],
  ])("a change of %j: %s", (changes, expected) => {
    expect(isWrite(change(changes))).toBe(expected);
  });

  it.each([
    ["a deletion", { noun: "tasks", method: "DELETE", item: { id: "1" } }, true],
    ["a change", { ...change({ title: "Tea" }), item: { id: "1", due_date: 1 } }, true],
    ["of another noun", { ...put({}), noun: "notes" }, false],
    ["of another method", { ...put({}), method: "POST" }, false],
  ])("%s: %#", (_, write, expected) => {
    expect(isWrite(write)).toBe(expected);
  });

  it("is shown and sent with what is missing, or is none, as in a new task", () => {
    const item = { id: "1", title: "Tea", due_date: "garbage", colour: "red" };
    const write = { noun: "tasks", method: "DELETE", item } as unknown as Write<Task>;
    expect(tasks.complete(write).item).toEqual({
      ...tasks.create("1", { title: "Tea" }),
      colour: "red",
    });
    const edit = { ...change({ title: 1, place: "Turin", completed: true }), item } as never;
    expect(tasks.complete(edit)).toMatchObject({ item: { title: "Tea", due_date: null } });
    expect((tasks.complete(edit) as { changes?: object }).changes).toEqual({ completed: true });
    const whole = { ...write, item: task("1") };
    expect(tasks.complete(whole)).toBe(whole);
  });
});

describe("two builds of which one knows a field more", () => {
  const newer = defineNoun<Task & { place: string | null }>({
    ...(tasks as unknown as Noun<Task & { place: string | null }>),
    fields: { ...tasks.fields, place: prose("Place", 100) },
  });
  const known = task("1");
  const edit = (changes: object): Write =>
    ({ noun: "tasks", method: "PATCH", item: { ...known, ...changes }, changes }) as Write;
  const entered: Write = {
    noun: "tasks",
    method: "PUT",
    item: tasks.create("2", { title: "Tea" }),
  };
  const placed: Write = {
    noun: "tasks",
    method: "PUT",
    item: newer.create("3", { title: "Tea", place: "Turin" }),
  };
  const removed: Write = { noun: "tasks", method: "DELETE", item: task("4") };
  const note: Write = { ...entered, noun: "notes" };

  /** A tab with this build; `taken` is what its server has been sent. */
  function tab(isWrite: Noun["isWrite"], reachable = true) {
    const taken: string[] = [];
    const outbox = createOutbox({
      userId: "ada",
      isWrite,
      isWrong: () => false,
      send: async (write) => {
        if (!reachable) return new Promise(() => {});
        taken.push(`${write.method} ${write.item.id}`);
        return { ...write.item, created_at: "now", updated_at: "now" };
      },
      onFailed: () => false,
      onSentElsewhere: () => {},
      channel: alone(),
    });
    outbox.start();
    return { outbox, taken };
  }

  it("the newer sends what the older has kept", async () => {
    const former = tab(tasks.isWrite, false).outbox;
    former.add(edit({ title: "Tea" }), entered, removed);
    former.stop();
    const { outbox, taken } = tab(newer.isWrite);
    await outbox.flush();
    expect(taken).toEqual(["PATCH 1", "PUT 2", "DELETE 4"]);
  });

  it("the older neither sends nor drops what it does not know, and goes on with the rest", async () => {
    const latest = tab((value) => newer.isWrite(value) || isNote(value), false).outbox;
    latest.add(edit({ place: "Turin" }), placed, note, removed);
    latest.stop();
    const older = tab(tasks.isWrite);
    await older.outbox.flush();
    expect(older.taken).toEqual(["DELETE 4"]);
    expect(countUnsent("ada")).toBe(3);
    older.outbox.add(edit({ completed: true }));
    await older.outbox.flush();
    older.outbox.stop();
    const { outbox, taken } = tab((value) => newer.isWrite(value) || isNote(value));
    expect(outbox.read()[0]).toMatchObject({ changes: { place: "Turin", completed: true } });
    await outbox.flush();
    expect(taken).toEqual(["PATCH 1", "PUT 3", "PUT 2"]);
    expect(countUnsent("ada")).toBe(0);
  });

  const isNote = (value: unknown): value is Write => (value as Write).noun === "notes";
});
