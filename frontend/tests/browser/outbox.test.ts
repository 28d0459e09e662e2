import { describe, expect, it, vi } from "vitest";
import { countUnsent, createOutbox, dropOutbox } from "../../src/outbox/outbox";
import type { Item, Write } from "../../src/outbox/write";
import { type Task, tasks } from "../../src/tasks/task";
import { alone, type Channel } from "./channel";
import { page } from "./page";

const tab = page();

const text = (title: string) => ({ title, description: null, due_date: null });
const noun = "tasks";
const newTask = (id: string, fields: Partial<Task>) => tasks.create(id, fields);
const put = (id: string, title = id): Write<Task> => ({
  noun,
  method: "PUT",
  item: newTask(id, text(title)),
});
const tick = (id: string, completed = true): Write<Task> => ({
  noun,
  method: "PATCH",
  item: { ...newTask(id, text(id)), completed },
  changes: { completed },
});
const remove = (id: string): Write<Task> => ({
  noun,
  method: "DELETE",
  item: newTask(id, text(id)),
});

const named = (write: Write) =>
  `${write.method} ${write.method === "PATCH" ? JSON.stringify(write.changes) : (write.item as Task).title}`;
/** As the server would have it. */
const stored = (item: Item): Item => ({
  ...item,
  created_at: item.created_at || "now",
  updated_at: "now",
});
type Surroundings = {
  userId?: string;
  locks?: Pick<LockManager, "request">;
  channel?: Channel;
};

/** An outbox whose sending the test decides: `answer` is called for each attempt. */
function box(
  answer: (write: Write<Task>) => Promise<void> | void,
  { userId = "ada", locks, channel = alone() }: Surroundings = {},
) {
  const seen = { tried: [] as string[], failed: [] as string[], elsewhere: [] as string[] };
  const outbox = createOutbox({
    userId,
    isWrite: tasks.isWrite,
    send: async (write) => {
      seen.tried.push(named(write));
      await answer(write as Write<Task>);
      return stored(write.item);
    },
    onFailed(write, error) {
      seen.failed.push(named(write));
      return error === "refused";
    },
    onSentElsewhere: (writes) => seen.elsewhere.push(...writes.map(named)),
    locks,
    channel,
  });
  outbox.start();
  return { outbox, seen };
}

const away = () => new Promise<void>(() => {});

describe("the outbox", () => {
  it("sends what is taken in, oldest first, and is empty afterwards", async () => {
    const { outbox, seen } = box(() => {});
    outbox.add(put("z"), put("y"));
    outbox.add(put("x"));
    expect(outbox.read().map(named)).toEqual(["PUT z", "PUT y", "PUT x"]);
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT z", "PUT y", "PUT x"]);
    expect(outbox.read()).toEqual([]);
    expect(tab.stored.size).toBe(0);
  });

  it("keeps over a reload what could not be sent, and sends it then", async () => {
    box(away).outbox.add(put("a"), tick("b"), remove("c"));
    expect(countUnsent("ada")).toBe(3);
    const kept = [...tab.stored].toReversed();
    tab.stored.clear();
    for (const [key, value] of kept) tab.stored.set(key, value);
    const { outbox, seen } = box(() => {});
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", 'PATCH {"completed":true}', "DELETE c"]);
    expect(tab.stored.size).toBe(0);
  });

  it("neither sends, shows nor drops what is another user's", async () => {
    box(away).outbox.add(put("a"));
    for (const userId of ["bob", "ad", "ada:a", ""]) {
      const { outbox, seen } = box(() => {}, { userId });
      await outbox.flush();
      expect(outbox.read()).toEqual([]);
      expect(seen.tried).toEqual([]);
      dropOutbox(userId);
    }
    expect(countUnsent("ada")).toBe(1);
  });

  it("gives up what is refused and goes on with the next", async () => {
    const { outbox, seen } = box(({ item }) =>
      item.id === "a" ? Promise.reject("refused") : undefined,
    );
    outbox.add(put("a"), put("b"));
    await outbox.flush();
    expect(seen).toMatchObject({ failed: ["PUT a"], tried: ["PUT a", "PUT b"] });
    expect(tab.stored.size).toBe(0);
  });

  it("keeps what met a fault, tries it once a round, and is not held up by it", async () => {
    let broken = true;
    const { outbox, seen } = box(({ item }) =>
      broken && item.id === "a" ? Promise.reject("fault") : undefined,
    );
    outbox.add(put("a"), put("b"));
    await outbox.flush();
    expect(outbox.read().map(named)).toEqual(["PUT a"]);
    expect(seen.tried.filter((each) => each === "PUT b")).toHaveLength(1);
    broken = false;
    await outbox.flush();
    expect(outbox.read()).toEqual([]);
  });

  it("sends the change of a new task that was made while it was on its way", async () => {
    const { outbox, seen } = box(({ item }) => {
      if (item.title === "Tea") outbox.add(put("a", "Green tea"));
    });
    outbox.add(put("a", "Tea"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT Tea", 'PATCH {"title":"Green tea"}']);
  });

  it("sends of a change made on the way only what is new in it", async () => {
    const { outbox, seen } = box(() => {
      if (seen.tried.length > 1) return;
      outbox.add({
        noun,
        method: "PATCH",
        item: newTask("a", text("Tea")),
        changes: { title: "Tea" },
      } as Write);
      outbox.add(tick("a", false), tick("a", true));
    });
    outbox.add(tick("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(['PATCH {"completed":true}', 'PATCH {"title":"Tea"}']);
  });

  it("deletes a task that was deleted while it was on its way", async () => {
    const { outbox, seen } = box((write) => {
      if (write.method === "PUT") outbox.add(remove("a"));
    });
    outbox.add(put("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", "DELETE a"]);
  });

  it("shows the answer as the write leaves, so that nothing flickers", async () => {
    const { outbox } = box(() => {});
    const order: string[] = [];
    outbox.subscribe(() => {
      const answered = outbox.taken().map(({ write }) => write.item.updated_at);
      order.push(`${outbox.read().length} pending, answered ${answered}`);
    });
    outbox.add(tick("a"));
    await outbox.flush();
    expect(order).toEqual([
      "1 pending, answered ",
      "1 pending, answered now",
      "0 pending, answered now",
    ]);
  });

  it("sends what is taken in at the very end of a round", async () => {
    const late: (() => void)[] = [];
    const locks = {
      request: async (_name: string, work: () => unknown) => {
        const result = await work();
        for (const each of late.splice(0)) each();
        return result;
      },
    } as unknown as LockManager;
    const { outbox, seen } = box(() => {}, { locks });
    await outbox.flush();
    late.push(() => outbox.add(put("b")));
    outbox.add(put("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", "PUT b"]);
  });

  it("records an answer that comes after the page has gone elsewhere, and sends no more", async () => {
    let answer = () => {};
    const { outbox, seen } = box(() => new Promise((resolve) => (answer = resolve)));
    outbox.add(tick("a"), tick("b"));
    await vi.waitFor(() => expect(seen.tried).toHaveLength(1));
    outbox.stop();
    answer();
    await outbox.flush();
    expect(seen.tried).toHaveLength(1);
    expect(countUnsent("ada")).toBe(1);
  });

  it("sends everything before work that has to come after it", async () => {
    const { outbox, seen } = box(() => {});
    outbox.add(tick("a"));
    await outbox.afterFlush(async () => seen.tried.push("work"));
    expect(seen.tried.at(-1)).toBe("work");
    expect(outbox.read()).toEqual([]);
  });

  it("leaves nothing behind after an explicit sign-out", () => {
    box(away).outbox.add(put("a"), tick("b"));
    dropOutbox("ada");
    expect(tab.stored.size).toBe(0);
  });
});

describe("two tabs", () => {
  it("show what the other one does, and are told what it has sent", async () => {
    const one = box(away).outbox;
    const two = box(away);
    one.add(tick("a"), tick("b"));
    tab.fire("storage", { key: "gatepass.outbox:ada:tasks:a" });
    expect(two.outbox.read()).toHaveLength(2);
    tab.stored.delete("gatepass.outbox:ada:tasks:a");
    tab.fire("storage", { key: "gatepass.outbox:ada:tasks:a" });
    expect(two.outbox.read()).toHaveLength(1);
    expect(two.seen.elsewhere).toEqual(['PATCH {"completed":true}']);
  });

  it("go on sending when the one that sent is closed", async () => {
    let held = false;
    const locks = {
      request: async (_name: string, work: () => unknown) => {
        while (held) await new Promise((resolve) => setTimeout(resolve, 1));
        return work();
      },
    } as unknown as LockManager;
    const two = box(() => {}, { locks });
    await two.outbox.flush();
    held = true;
    box(away).outbox.add(tick("a"));
    tab.fire("storage", { key: "gatepass.outbox:ada:tasks:a" });
    expect(two.seen.tried).toEqual([]);
    held = false;
    await vi.waitFor(() => expect(two.seen.tried).toEqual(['PATCH {"completed":true}']));
  });

  it("never overwrite each other's tasks", () => {
    const [one, two] = [box(away).outbox, box(away).outbox];
    one.add(put("a"));
    two.add(put("b"));
    expect(countUnsent("ada")).toBe(2);
  });
});

describe("storage that cannot be trusted", () => {
  it.each([
    ["not JSON", "{"],
    ["null", "null"],
    ["an old queue", JSON.stringify([{ id: "a", title: "a" }])],
    ["no task", JSON.stringify({ at: Date.now(), write: { noun, method: "DELETE" } })],
    [
      "an unknown method",
      JSON.stringify({ at: Date.now(), write: { ...put("a"), method: "POST" } }),
    ],
    [
      "a change of nothing",
      JSON.stringify({ at: Date.now(), write: { ...put("a"), method: "PATCH" } }),
    ],
    ["another task", JSON.stringify({ at: Date.now(), write: put("b") })],
    [
      "no date for a due date",
      JSON.stringify({
        at: Date.now(),
        write: { ...put("a"), item: { ...put("a").item, due_date: "garbage" } },
      }),
    ],
    ["no moment", JSON.stringify({ at: "soon", write: put("a") })],
    [
      "a change of what tasks have not",
      JSON.stringify({
        at: Date.now(),
        write: { ...tick("a"), changes: { constructor: 1 } },
      }),
    ],
    [
      "a number for a title",
      JSON.stringify({
        at: Date.now(),
        write: { ...put("a"), item: { ...put("a").item, title: 1 } },
      }),
    ],
  ])("%s is not taken for a change, and said once", async (_, stored) => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => {});
    tab.stored.set("gatepass.outbox:ada:tasks:a", stored);
    const { outbox, seen } = box(() => {});
    await outbox.flush();
    expect(outbox.read()).toEqual([]);
    expect(seen.tried).toEqual([]);
    expect(countUnsent("ada")).toBe(0);
    expect(tab.stored.size).toBe(0);
    expect(said).toHaveBeenCalledTimes(1);
  });

  it("what a newer API shows besides is kept", async () => {
    const write = { ...put("a"), item: { ...put("a").item, colour: "red" } };
    const entry = JSON.stringify({ at: Date.now(), write });
    tab.stored.set("gatepass.outbox:ada:tasks:a", entry);
    const { outbox } = box(away);
    expect(outbox.read()).toHaveLength(1);
  });

  it("sends from memory where storage is full", async () => {
    tab.full = true;
    const { outbox, seen } = box(() => {});
    outbox.add(put("a"));
    expect(outbox.read()).toHaveLength(1);
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a"]);
    expect(outbox.read()).toEqual([]);
  });
});

describe("what met a fault", () => {
  it("is tried again ever more seldom, by itself and on a person's wish", async () => {
    vi.useFakeTimers({ now: 0 });
    const tried: number[] = [];
    const { outbox } = box(() => {
      tried.push(Date.now());
      return Promise.reject("fault");
    });
    outbox.add(put("a"));
    await vi.advanceTimersByTimeAsync(3_600_000);
    const pauses = tried.slice(1).map((at, index) => at - (tried[index] ?? 0));
    expect(Math.min(...pauses.slice(7))).toBeGreaterThanOrEqual(120_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000);
    expect(outbox.isHeldUp()).toBe(true);
    const before = tried.length;
    await outbox.flush();
    expect(tried).toHaveLength(before + 1);
    outbox.stop();
  });

  it("waits as long as the server asks for, whatever else is sent", async () => {
    vi.useFakeTimers({ now: 0 });
    const { outbox, seen } = box(({ item }) =>
      item.id === "a" ? Promise.reject({ retryAfter: 90 }) : undefined,
    );
    outbox.add(put("a"));
    for (let second = 0; second < 80; second += 10) {
      outbox.add(put(`b${second}`));
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(seen.tried.filter((each) => each === "PUT a")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(seen.tried.filter((each) => each === "PUT a")).toHaveLength(2);
    outbox.stop();
  });

  it("holds nothing up once it is changed", async () => {
    let broken = true;
    const { outbox } = box(() => (broken ? Promise.reject("fault") : undefined));
    outbox.add(put("a"));
    await vi.waitFor(() => expect(outbox.isHeldUp()).toBe(true));
    broken = false;
    outbox.add(put("a", "Tea"));
    await vi.waitFor(() => expect(outbox.read()).toEqual([]));
    expect(outbox.isHeldUp()).toBe(false);
  });
});

it("a change that was never sent has an end after seven days", async () => {
  vi.useFakeTimers({ now: Date.now() });
  box(away).outbox.add(put("a"));
  vi.setSystemTime(Date.now() + 7 * 24 * 60 * 60 * 1000);
  expect(countUnsent("ada")).toBe(0);
  const { seen } = box(() => {});
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.tried).toEqual([]);
  expect(tab.stored.size).toBe(0);
});
