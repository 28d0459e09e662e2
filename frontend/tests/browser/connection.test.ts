import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff, createConnection } from "../../src/api/connection";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose probe gives these answers one after the other, then goes on with the last. */
function connectionThat(...answers: (boolean | Error)[]) {
  const asked = { times: 0 };
  const connection = createConnection(async () => {
    const answer = answers[Math.min(asked.times++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  });
  const heard: boolean[] = [];
  connection.subscribe(() => heard.push(connection.isLost()));
  return { connection, asked, heard };
}

describe("a lost connection", () => {
  it("is asked for again and again until it answers, and both is told once", async () => {
    const { connection, asked, heard } = connectionThat(false, new Error("no answer"), true);
    connection.lost();
    connection.lost();
    expect(connection.isLost()).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.times).toBe(3);
    expect(connection.isLost()).toBe(false);
    expect(heard).toEqual([true, false]);
  });

  it("that a request has found again is not asked for any more", async () => {
    const { connection, asked } = connectionThat(false);
    connection.lost();
    connection.restored();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.times).toBe(0);
  });
});

describe("a server that is there but refuses one address with 503", () => {
  it("is asked ever more seldom, however good the probe", async () => {
    const { connection } = connectionThat(true);
    const refused: number[] = [];
    const ask = () => {
      refused.push(Date.now());
      connection.lost();
    };
    connection.subscribe(() => !connection.isLost() && ask());
    ask();
    await vi.advanceTimersByTimeAsync(600_000);
    const pauses = refused.slice(1).map((at, index) => at - (refused[index] ?? 0));
    expect(refused.length).toBeLessThan(90);
    expect(Math.min(...pauses.slice(5))).toBeGreaterThanOrEqual(7_500);
    expect(connection.wasAway()).toBe(false);
  });

  it("is left alone as long as it asks for", async () => {
    const { connection, asked } = connectionThat(true);
    connection.lost(40_000);
    await vi.advanceTimersByTimeAsync(39_000);
    expect(asked.times).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.isLost()).toBe(false);
  });

  it("is asked quickly again once it has been steady", async () => {
    const { connection } = connectionThat(false, false, false, false, false, false, true);
    connection.lost();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(connection.isLost()).toBe(false);
    expect(connection.wasAway()).toBe(true);
    connection.lost();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.isLost()).toBe(false);
  });
});

describe("what another tab has noticed", () => {
  it("is made sure of at once", async () => {
    const { connection, heard } = connectionThat(true, false, true);
    await connection.check();
    expect(heard).toEqual([]);
    await connection.check();
    await connection.check();
    expect(heard).toEqual([true, false]);
  });

  it("does not make a lost connection be asked for in several rhythms", async () => {
    const { connection, asked } = connectionThat(false);
    connection.lost();
    for (let i = 0; i < 20; i++) await connection.check();
    asked.times = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.times).toBeLessThan(10);
  });
});

describe("waiting", () => {
  it("ends after its time, and at once when the connection is back", async () => {
    const { connection } = connectionThat(false);
    const ended: string[] = [];
    connection.lost();
    connection.wait(500).then(() => ended.push("short"));
    connection.wait(60_000).then(() => ended.push("long"));
    await vi.advanceTimersByTimeAsync(499);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toEqual(["short"]);
    connection.restored();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual(["short", "long"]);
  });

  it.each(["before", "meanwhile"])("ends with the request that is given up %s", async (when) => {
    const { connection } = connectionThat(false);
    const given = new AbortController();
    if (when === "before") given.abort(new Error("given up"));
    const waiting = connection.wait(1000, given.signal);
    if (when === "meanwhile") given.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("pauses double up to their cap, each shortened by up to a half", () => {
  for (const [attempt, ceiling] of [400, 800, 1600, 3200, 6400, 8000, 8000].entries()) {
    const pauses = Array.from({ length: 200 }, () => backoff(attempt, 400, 8000));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(ceiling / 2);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(ceiling);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(ceiling / 4);
  }
});
