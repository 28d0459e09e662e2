import type { Item } from "../../outbox/write";
import type { Noun } from "../../owned/noun";
import type { FirstPage } from "../../owned/use-items";
import type { View } from "../../owned/view";
import { apiFetch } from "../../server/auth/session.ts";

/**
 * What a view shows first, for the HTML. Without a page if the API does not answer with one: the
 * browser then asks for itself, and again.
 */
export async function firstPage<T extends Item>(
  userId: string,
  noun: Noun<T>,
  view: View,
): Promise<FirstPage<T>> {
  const query = new URLSearchParams(
    Object.entries(noun.query(view, null)).map(([name, value]) => [name, String(value)]),
  );
  const path = `/api/users/${encodeURIComponent(userId)}/${noun.name}?${query}`;
  const answer = await apiFetch(path).catch(() => undefined);
  const page = answer?.ok ? await answer.json().catch(() => null) : null;
  return { view, page, made: crypto.randomUUID() };
}
