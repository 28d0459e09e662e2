import { networkOf } from "../config/client-address.ts";
import { perProcess } from "../http/per-process.ts";
import { authScope } from "./auth-scope.ts";
import { tooManyRequests } from "./offered-endpoints.ts";

/** Of the four threads of libuv, which compress pages, read files and sign passes too. */
const AT_ONCE = 2;

/** Hashes that wait; more would take longer than people do. */
const MAX_WAITING = 24;
const RETRY_AFTER = 2;

interface Waiting {
  begin: () => void;
  refuse: (error: Error) => void;
}

/**
 * Hashes a password when it is its turn, so that nothing but passwords waits for them: one address
 * (IPv6: /48) after the other, and where too many wait, whoever has most of them makes room.
 *
 * @throws APIError 429
 */
export async function inHashTurn<T>(hash: () => Promise<T>): Promise<T> {
  const turns = perProcess("hash-turns", createHashTurns);
  await turns.take(networkOf(authScope.getStore()?.client ?? ""));
  try {
    return await hash();
  } finally {
    turns.give();
  }
}

function createHashTurns() {
  const queues = new Map<string, Waiting[]>();
  let waiting = 0;
  let free = AT_ONCE;

  function makeRoom(): void {
    const [client, queue] = [...queues].reduce((one, other) =>
      other[1].length >= one[1].length ? other : one,
    );
    queue.pop()?.refuse(tooManyRequests(RETRY_AFTER));
    waiting--;
    if (queue.length === 0) queues.delete(client);
  }

  return {
    async take(client: string): Promise<void> {
      if (free > 0) {
        free--;
        return;
      }
      await new Promise<void>((begin, refuse) => {
        queues.set(client, [...(queues.get(client) ?? []), { begin, refuse }]);
        if (++waiting > MAX_WAITING) makeRoom();
      });
    },

    give(): void {
      const [next] = queues;
      if (!next) {
        free++;
        return;
      }
      const [client, [first, ...others]] = next;
      queues.delete(client);
      if (others.length > 0) queues.set(client, others); // behind everybody else
      waiting--;
      first?.begin();
    },
  };
}
