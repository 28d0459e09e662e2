import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { Metadata } from "next";
import { apiFetch, requireSession } from "../../../server/auth/session.ts";
import { TaskPage } from "../../../tasks/task-page";
import {
  type TaskPage as Page,
  parseView,
  type TaskView,
  taskKeys,
  viewQuery,
  viewSearch,
} from "../../../tasks/view";
import { readSearchParams, type SearchParams } from "../../search-params";
import { AppShell } from "../app-shell";

export const metadata: Metadata = { title: "Tasks" };

/** The first page of tasks is in the HTML; the browser goes on from there without asking again. */
export default async function DashboardPage({ searchParams }: { searchParams: SearchParams }) {
  const view = parseView(await readSearchParams(searchParams));
  const { user } = await requireSession(`/dashboard${viewSearch(view)}`);
  const page = await firstPage(user.id, view);
  const client = new QueryClient();
  if (page)
    client.setQueryData(taskKeys.list(user.id, view), { pages: [page], pageParams: [null] });
  return (
    <AppShell user={user}>
      <HydrationBoundary state={dehydrate(client)}>
        <TaskPage away={!page} />
      </HydrationBoundary>
    </AppShell>
  );
}

/** Undefined if the API does not answer with tasks: the browser then asks for itself, and again. */
async function firstPage(userId: string, view: TaskView): Promise<Page | undefined> {
  const query = new URLSearchParams(
    Object.entries(viewQuery(view, null)).map(([name, value]) => [name, String(value)]),
  );
  try {
    const answer = await apiFetch(`/api/users/${encodeURIComponent(userId)}/tasks?${query}`);
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}
