import { beforeEach, describe, expect, it, vi } from "vitest";
import { countUnsent, createOutbox, dropOutbox } from "../../src/outbox/outbox";
import { dropExpired } from "../../src/outbox/storage";
import type { Item, Write } from "../../src/outbox/write";
import { type Task, tasks } from "../../src/tasks/task";
import { alone, type Channel, tabs } from "./channel";
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
/** What one tab at a time gets, in the order of asking. */
function oneAtATime() {
  const state = { asked: 0, last: Promise.resolve() as Promise<unknown> };
  const request = (_name: string, work: () => Promise<unknown>) => {
    state.asked += 1;
    const result = state.last.then(work);
    state.last = result.catch(() => {});
    return result;
  };
  return { state, locks: { request } as unknown as LockManager };
}

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
    isWrong: tasks.isWrong,
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
    await vi.waitFor(() => expect(seen.tried).toHaveLength(1), 10_000);
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
    await vi.waitFor(() => expect(two.seen.tried).toEqual(['PATCH {"completed":true}']), 10_000);
  });

  it("rest when one has sent what met a fault in the other", async () => {
    vi.useFakeTimers({ now: 0 });
    const { state, locks } = oneAtATime();
    const one = box(() => Promise.reject("fault"), { locks }).outbox;
    const two = box(() => {}, { locks });
    await vi.advanceTimersByTimeAsync(10);
    one.add(put("a"));
    await vi.advanceTimersByTimeAsync(10);
    expect(one.isHeldUp()).toBe(true);
    await two.outbox.flush();
    expect(two.seen.tried).toEqual(["PUT a"]);
    await vi.advanceTimersByTimeAsync(10_000);
    const { asked } = state;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.asked - asked).toBe(0);
    expect(one.isHeldUp()).toBe(false);
  });

  it("hold nothing up as soon as one hears that the other has sent it", async () => {
    const one = box(() => Promise.reject("fault")).outbox;
    one.add(put("a"));
    await vi.waitFor(() => expect(one.isHeldUp()).toBe(true), 10_000);
    const told = vi.fn();
    one.subscribe(told);
    tab.stored.delete("gatepass.outbox:ada:tasks:a");
    tab.fire("storage", { key: "gatepass.outbox:ada:tasks:a" });
    expect(one.isHeldUp()).toBe(false);
    expect(told).toHaveBeenCalled();
  });

  it("rest when a later build has changed what met a fault, so that this one cannot send it", async () => {
    vi.useFakeTimers({ now: 0 });
    const { state, locks } = oneAtATime();
    const { outbox, seen } = box(() => Promise.reject("fault"), { locks });
    outbox.add(tick("a"));
    await vi.advanceTimersByTimeAsync(10);
    expect(outbox.isHeldUp()).toBe(true);
    const write = { ...tick("a"), changes: { completed: true, place: "Turin" } };
    tab.stored.set("gatepass.outbox:ada:tasks:a", JSON.stringify({ at: 0, write }));
    await vi.advanceTimersByTimeAsync(10_000);
    const { asked } = state;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.asked - asked).toBe(0);
    expect(outbox.isHeldUp()).toBe(false);
    expect(seen.tried).toHaveLength(1);
    expect(countUnsent("ada")).toBe(1);
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
    ...(["PUT", "PATCH", "DELETE"] as const).map((method) => {
      const item = { ...put("a").item, due_date: "garbage" };
      const write = { ...tick("a"), method, item };
      return [`no date in a ${method}`, JSON.stringify({ at: Date.now(), write })];
    }),
    [
      "a number for a title",
      JSON.stringify({ at: 9e15, write: { ...tick("a"), changes: { title: 1 } } }),
    ],
    ["no moment", JSON.stringify({ at: "soon", write: put("a") })],
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

  it.each([
    ["a change of what tasks have not", { ...tick("a"), changes: { constructor: 1 } }],
    ["what tasks have not", { ...put("a"), item: { ...put("a").item, colour: "red" } }],
  ])("%s may be of another build: it is neither sent nor dropped", async (_, write) => {
    tab.stored.set("gatepass.outbox:ada:tasks:a", JSON.stringify({ at: Date.now(), write }));
    const { outbox, seen } = box(() => {});
    await outbox.flush();
    expect(seen.tried).toEqual([]);
    expect(countUnsent("ada")).toBe(1);
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

describe("storage that is full", () => {
  const known = { ...newTask("a", text("Tea")), created_at: "2026-01-01T00:00:00Z" };
  const patch = (changes: Partial<Task>): Write<Task> => ({
    noun,
    method: "PATCH",
    item: { ...known, ...changes },
    changes,
  });

  it("leaves no change uncounted", () => {
    const { outbox } = box(away);
    outbox.add(put("a"));
    tab.full = true;
    outbox.add(put("b"), tick("a"));
    expect(outbox.countUnsent()).toBe(2);
  });

  it("is given what it would not take as soon as it has room", () => {
    tab.full = true;
    const { outbox } = box(away);
    outbox.add(put("a"));
    expect(tab.stored.size).toBe(0);
    tab.full = false;
    outbox.add(put("b"));
    expect(tab.stored.size).toBe(2);
    expect(box(away).outbox.read().map(named)).toEqual(["PUT a", "PUT b"]);
  });

  it("is given it also when the page is left", () => {
    tab.full = true;
    const { outbox } = box(away);
    outbox.add(put("a"));
    tab.full = false;
    outbox.stop();
    expect(tab.stored.size).toBe(1);
  });

  it.each([
    ["before", true],
    ["after", false],
  ])("loses nothing that another tab has stored for the same item %s", async (_, first) => {
    let reachable = false;
    const server: Partial<Task> = {};
    const { locks } = oneAtATime();
    const answer = (write: Write<Task>) => {
      if (!reachable) return Promise.reject("fault");
      if (write.method === "PATCH") Object.assign(server, write.changes);
      return undefined;
    };
    const [one, two] = [box(answer, { locks }).outbox, box(answer, { locks }).outbox];
    if (first) two.add(patch({ description: "From two" }));
    tab.full = true;
    one.add(patch({ title: "From one" }));
    tab.full = false;
    if (!first) two.add(patch({ description: "From two" }));
    await two.flush();
    reachable = true;
    await one.flush();
    await two.flush();
    expect(server).toEqual({ title: "From one", description: "From two" });
    expect(tab.stored.size).toBe(0);
    expect(one.countUnsent()).toBe(0);
  });

  it("loses no change that another tab makes while this one's is on its way", async () => {
    const sent: string[] = [];
    const { locks } = oneAtATime();
    let answered = () => {};
    const one = box(
      (write) => {
        sent.push(named(write));
        return sent.length > 1 ? undefined : new Promise((resolve) => (answered = resolve));
      },
      { locks },
    ).outbox;
    const two = box((write) => void sent.push(named(write)), { locks }).outbox;
    await two.flush();
    tab.full = true;
    one.add(patch({ title: "From one" }));
    await vi.waitFor(() => expect(sent).toHaveLength(1), 10_000);
    tab.full = false;
    two.add(patch({ description: "From two" }));
    answered();
    await one.flush();
    await two.flush();
    expect(sent).toEqual(['PATCH {"title":"From one"}', 'PATCH {"description":"From two"}']);
    expect(tab.stored.size).toBe(0);
  });

  it("sends a further change of what was stored when it had room, over a new one of another tab", async () => {
    let reachable = false;
    const sent: string[] = [];
    const one = box((write) => {
      if (!reachable) return Promise.reject("fault");
      sent.push(JSON.stringify(write.item));
      return undefined;
    }).outbox;
    one.add(put("a", "Tea"));
    tab.full = true;
    one.add({ ...patch({ title: "Green tea" }), item: newTask("a", text("Green tea")) });
    tab.full = false;
    box(away).outbox.add(tick("a"));
    reachable = true;
    await one.flush();
    expect(JSON.parse(sent[0] ?? "{}")).toMatchObject({ title: "Green tea", completed: true });
    expect(tab.stored.size).toBe(0);
  });

  it("keeps nothing of it after an explicit sign-out", async () => {
    let answer = () => {};
    tab.full = true;
    const { outbox } = box(() => new Promise((resolve) => (answer = resolve)));
    outbox.add(put("a"), put("b"));
    await vi.waitFor(() => expect(outbox.read()).toHaveLength(2), 10_000);
    outbox.stop();
    dropOutbox("ada");
    tab.full = false;
    answer();
    await outbox.flush();
    expect(tab.stored.size).toBe(0);
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

  it("is waited for by all that is due when the server asks for a pause", async () => {
    vi.useFakeTimers({ now: 0 });
    let limited = true;
    const { outbox, seen } = box(() => (limited ? Promise.reject({ retryAfter: 90 }) : undefined));
    await outbox.flush();
    outbox.add(put("a"), put("b"), put("c"));
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.add(put("d"));
    await outbox.resume();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(seen.tried).toEqual(["PUT a"]);
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", "PUT a"]); // a person wishes it: once
    limited = false;
    await vi.advanceTimersByTimeAsync(91_000);
    expect(seen.tried.slice(2)).toEqual(["PUT a", "PUT b", "PUT c", "PUT d"]);
    outbox.stop();
  });

  it("is sent after the pause also where it is changed within it", async () => {
    vi.useFakeTimers({ now: 0 });
    let limited = true;
    const { outbox, seen } = box(() => (limited ? Promise.reject({ retryAfter: 90 }) : undefined));
    await outbox.flush();
    outbox.add(put("a"));
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.add(put("a", "again"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outbox.isHeldUp()).toBe(true);
    limited = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(seen.tried).toEqual(["PUT a", "PUT again"]);
    expect(outbox.isHeldUp()).toBe(false);
  });

  it.each([
    ["back by six hours", -6 * 3_600_000],
    ["back by forty days", -40 * 86_400_000],
    ["forward by a day", 86_400_000],
  ])("waits the same, the clock set %s", async (_, by) => {
    vi.useFakeTimers({ now: 100 * 86_400_000 });
    let tried = 0;
    const { outbox } = box(() => (tried++ ? undefined : Promise.reject({ retryAfter: 90 })));
    outbox.add(put("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + by);
    outbox.add(put("b"));
    await vi.advanceTimersByTimeAsync(80_000);
    expect(outbox.read().map(named)).toEqual(["PUT a", "PUT b"]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(outbox.read()).toEqual([]);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["no item", {}],
    ["another item", { id: "b" }],
  ])("is also what was answered with %s: kept, and tried again later", async (_, answer) => {
    vi.useFakeTimers({ now: 0 });
    let sent = 0;
    const failed = vi.fn(() => false);
    const outbox = createOutbox({
      userId: "ada",
      isWrite: tasks.isWrite,
      isWrong: tasks.isWrong,
      // An end, so that a loop without pauses fails and does not hang.
      send: async () => {
        sent += 1;
        return (sent < 50 ? answer : stored(put("a").item)) as Item;
      },
      onFailed: failed,
      onSentElsewhere: () => {},
      channel: alone(),
    });
    outbox.start();
    outbox.add(put("a"));
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toBe(1);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(outbox.isHeldUp()).toBe(true);
    expect(countUnsent("ada")).toBe(1);
    outbox.stop();
  });

  it("holds nothing up once it is changed", async () => {
    let broken = true;
    const { outbox } = box(() => (broken ? Promise.reject("fault") : undefined));
    outbox.add(put("a"));
    await vi.waitFor(() => expect(outbox.isHeldUp()).toBe(true), 10_000);
    broken = false;
    outbox.add(put("a", "Tea"));
    await vi.waitFor(() => expect(outbox.read()).toEqual([]), 10_000);
    expect(outbox.isHeldUp()).toBe(false);
  });
});

it.each([
  [false, 0],
  [true, 1],
])("whoever leaves is asked where storage takes nothing: %s", (full, asked) => {
  tab.full = full;
  const { outbox } = box(away);
  outbox.add(put("a"));
  const preventDefault = vi.fn();
  tab.fire("beforeunload", { preventDefault });
  expect(preventDefault).toHaveBeenCalledTimes(asked);
});

it("nobody is asked where a session is over", () => {
  tab.full = true;
  const removed = vi.fn();
  vi.stubGlobal("removeEventListener", removed);
  box(away).outbox.stop();
  expect(removed.mock.calls.map(([type]) => type)).toContain("beforeunload");
});

describe("the seven days of a change that was never sent", () => {
  const DAY = 24 * 60 * 60 * 1000;
  beforeEach(() => {
    vi.useFakeTimers({ now: 100 * DAY });
  });
  const inDays = (days: number) => vi.setSystemTime(Date.now() + days * DAY);
  const somethingElse = () => tab.fire("storage", { key: "gatepass.outbox:ada:tasks:z" });

  it("have an end", async () => {
    const { outbox } = box(away);
    outbox.add(put("a"));
    outbox.stop();
    inDays(7);
    const { seen } = box(() => {});
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.tried).toEqual([]);
    expect(tab.stored.size).toBe(0);
  });

  it("begin with its last change, its place in the line is that of the first", async () => {
    const { outbox } = box(away);
    outbox.add(put("a"), put("b"));
    inDays(6.9);
    outbox.add(put("a", "Tea"));
    expect(outbox.read().map(named)).toEqual(["PUT Tea", "PUT b"]);
    outbox.stop();
    inDays(6.9);
    const { seen } = box(() => {});
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.tried).toEqual(["PUT Tea"]);
  });

  it("begin anew where the clock was fast and was put right, in the same order", async () => {
    box(away).outbox.add(put("z"), put("y"), put("x"));
    inDays(-30);
    expect(box(away).outbox.read().map(named)).toEqual(["PUT z", "PUT y", "PUT x"]);
    inDays(6.9);
    expect(box(away).outbox.read()).toHaveLength(3);
    inDays(0.2);
    expect(box(away).outbox.read()).toEqual([]);
  });

  it("end for no document that shows it, and are no word of the server's", async () => {
    let reachable = false;
    const { outbox, seen } = box(() => (reachable ? undefined : Promise.reject("fault")));
    outbox.add(put("a"));
    await vi.advanceTimersByTimeAsync(1);
    inDays(8);
    somethingElse();
    expect(outbox.read().map(named)).toEqual(["PUT a"]);
    expect(outbox.taken()).toEqual([]);
    dropExpired();
    somethingElse();
    expect(outbox.read().map(named)).toEqual(["PUT a"]);
    expect(outbox.taken()).toEqual([]);
    expect(box(away).outbox.read(), "in a new tab").toHaveLength(1);
    reachable = true;
    await outbox.flush();
    expect(seen.elsewhere).toEqual([]);
    expect(seen.tried.length).toBeGreaterThan(1);
    expect(tab.stored.size).toBe(0);
  });

  it("end for no document that shows it, also when only it has looked since", () => {
    const { outbox } = box(away);
    outbox.add(put("a"));
    inDays(8);
    outbox.add(put("b"));
    expect(outbox.read().map(named)).toEqual(["PUT a", "PUT b"]);
    outbox.stop();
    expect(tab.stored.size).toBe(2);
  });

  it("ended while another tab sent it: it is not sent again", async () => {
    const [first, second] = tabs(2);
    const { locks } = oneAtATime();
    let reachable = false;
    const answer = () => (reachable ? undefined : Promise.reject("fault"));
    const one = box(answer, { locks, channel: first as Channel });
    const two = box(answer, { locks, channel: second as Channel });
    one.outbox.add(tick("a"));
    somethingElse();
    await vi.advanceTimersByTimeAsync(1);
    inDays(8);
    reachable = true;
    await two.outbox.flush();
    const tried = one.seen.tried.length;
    somethingElse();
    await one.outbox.flush();
    expect(one.outbox.read()).toEqual([]);
    expect(one.seen.tried).toHaveLength(tried);
  });

  it("ended with a change of the same kind taken long before: it is kept", async () => {
    let reachable = true;
    const { outbox } = box(() => (reachable ? undefined : Promise.reject("fault")));
    outbox.add(tick("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    reachable = false;
    outbox.add(tick("a", false));
    await vi.advanceTimersByTimeAsync(1_000);
    inDays(8);
    dropExpired();
    somethingElse();
    expect(outbox.read().map(named)).toEqual(['PATCH {"completed":false}']);
  });

  it("bring nothing back after an explicit sign-out", async () => {
    const { outbox } = box(away);
    outbox.add(put("a"));
    inDays(8);
    outbox.stop();
    dropOutbox("ada");
    somethingElse();
    await outbox.flush();
    expect(tab.stored.size).toBe(0);
  });
});
