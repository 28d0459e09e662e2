import { describe, expect, it, vi } from "vitest";
import { acknowledgements, dropAcknowledged } from "../../src/outbox/acknowledged";
import { takenSince } from "../../src/outbox/optimistic-list";
import type { Write } from "../../src/outbox/write";
import { fetchPage } from "../../src/owned/queries";
import { type Task, tasks } from "../../src/tasks/task";
import { alone, type Channel, tabs } from "./channel";
import { page } from "./page";
import { task } from "./tasks";

const tab = page();

const put = (item: Task): Write<Task> => ({ noun: "tasks", method: "PUT", item });
const remove = (item: Task): Write<Task> => ({ noun: "tasks", method: "DELETE", item });

function memory({
  channel = alone(),
  userId = "ada",
}: {
  channel?: Channel;
  userId?: string;
} = {}) {
  const heard = vi.fn();
  const taken = acknowledgements({ userId, isWrite: tasks.isWrite, channel, onChange: heard });
  taken.start();
  const ids = () => taken.read().map(({ write }) => `${write.method} ${write.item.id}`);
  return { ...taken, ids, heard };
}

describe("what the server has taken", () => {
  it("is known to the next document of the tab, whose page may be older", () => {
    memory().add(put(tasks.create("1", { title: "Tea" })), task("1", { title: "Tea" }));
    const next = memory();
    expect(next.ids()).toEqual(["PUT 1"]);
    expect(next.read()[0]?.write.item).toEqual(task("1", { title: "Tea" }));
  });

  it("is known as long as the document lives, and to the next one for a minute", () => {
    vi.useFakeTimers({ now: 0 });
    const first = memory();
    first.add(put(task("1")), task("1"));
    vi.setSystemTime(59_999);
    expect(memory().ids()).toEqual(["PUT 1"]);
    vi.setSystemTime(3_600_000);
    first.add(put(task("2")), task("2"));
    expect(first.ids()).toEqual(["PUT 1", "PUT 2"]);
    expect(memory().ids()).toEqual(["PUT 2"]);
  });

  it("is heard by the other tabs at once, and asked for by one that begins", () => {
    const [one, two, three] = tabs(3);
    const first = memory({ channel: one as Channel });
    const second = memory({ channel: two as Channel });
    first.add(remove(task("1")), task("1"));
    expect(second.ids()).toEqual(["DELETE 1"]);
    tab.session.clear();
    expect(memory({ channel: three as Channel }).ids()).toEqual(["DELETE 1"]);
  });

  it("is heard of a newer build as far as this one knows its nouns", () => {
    const [one, two] = tabs(2);
    const newer = acknowledgements({
      userId: "ada",
      isWrite: (value): value is Write => true,
      channel: one as Channel,
      onChange() {},
    });
    newer.start();
    newer.add(put(task("1")), task("1"));
    newer.add({ ...put(task("2")), noun: "notes" }, task("2"));
    tab.session.clear();
    expect(memory({ channel: two as Channel }).ids()).toEqual(["PUT 1"]);
  });

  it("is one write an item, the latest", () => {
    const taken = memory();
    taken.add(put(task("1")), task("1"));
    taken.add(put(task("2")), task("2"));
    taken.add(remove(task("1")), task("1"));
    expect(taken.ids()).toEqual(["PUT 2", "DELETE 1"]);
  });

  it("is the latest also where the clock was fast before", () => {
    vi.useFakeTimers({ now: 86_400_000 });
    const taken = memory();
    taken.add(remove(task("1")), task("1"));
    vi.setSystemTime(0);
    expect(memory().ids(), "in the next document").toEqual([]);
    taken.add(put(task("1")), task("1"));
    expect(taken.ids()).toEqual(["PUT 1"]);
  });

  it.each([
    ["as it was", 0],
    ["an hour back", -3_600_000],
    ["an hour forward", 3_600_000],
  ])(
    "counts over a page asked for before and not over one asked for after, the clock set %s",
    async (_, by) => {
      vi.useFakeTimers({ now: 86_400_000 });
      const list = async () => ({ items: [], next_cursor: null });
      const noun = { ...tasks, requests: { ...tasks.requests, list } };
      const ask = () => fetchPage("ada", noun, { status: "all" } as never, null);
      const [one, two] = tabs(2);
      const [taken, other] = [
        memory({ channel: one as Channel }),
        memory({ channel: two as Channel }),
      ];
      const before = await ask();
      vi.advanceTimersByTime(5);
      taken.add(put(task("1")), task("1"));
      vi.setSystemTime(Date.now() + by);
      vi.advanceTimersByTime(5);
      const after = await ask();
      for (const { read } of [taken, other]) {
        expect(takenSince(read(), [before])).toEqual(read());
        expect(takenSince(read(), [after])).toEqual([]);
      }
      taken.add(remove(task("1")), task("1"));
      expect(taken.ids()).toEqual(["DELETE 1"]);
      expect(takenSince(taken.read(), [after])).toEqual(taken.read());
    },
  );

  it("stays where it was, if it was put back", () => {
    const taken = memory();
    taken.add(put(task("1")), task("1", { created_at: "2027-01-01T00:00:00Z" }));
    expect(taken.read()[0]?.write.item.created_at).toBe(task("1").created_at);
  });

  it.each(["bob", "ad", "ada:tasks"])("is nothing that %s gets to know", (userId) => {
    memory().add(put(task("1")), task("1"));
    expect(memory({ userId }).ids()).toEqual([]);
  });

  it("is forgotten with the session", () => {
    memory().add(put(task("1")), task("1"));
    dropAcknowledged("ada");
    expect(memory().ids()).toEqual([]);
    expect(tab.session.size).toBe(0);
  });
});

describe("what somebody else wrote or said", () => {
  const garbage = [
    "{",
    "[1]",
    JSON.stringify([{ at: 1 }]),
    JSON.stringify([{ at: Date.now(), write: { ...put(task("1")), item: { id: "1" } } }]),
    JSON.stringify([{ at: "now", write: put(task("1")) }]),
  ];

  it.each(garbage)("%s is dropped from storage with a line", (text) => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => {});
    tab.session.set("gatepass.taken:ada", text);
    expect(memory().ids()).toEqual([]);
    expect(tab.session.size).toBe(0);
    expect(said).toHaveBeenCalledTimes(1);
    said.mockRestore();
  });

  it("nothing of it is from the future", () => {
    const [one, two] = tabs(2);
    const future = [{ at: 1e15, write: remove(task("1")) }];
    tab.session.set("gatepass.taken:ada", JSON.stringify(future));
    const taken = memory({ channel: one as Channel });
    two?.postMessage({ tell: future });
    expect(taken.ids()).toEqual([]);
  });

  it.each([{ tell: [{ at: 1 }] }, { tell: "x" }, {}, null, "x"])(
    "%j is not listened to",
    (said) => {
      const [one, two] = tabs(2);
      const taken = memory({ channel: one as Channel });
      two?.postMessage(said);
      expect(taken.ids()).toEqual([]);
    },
  );
});
