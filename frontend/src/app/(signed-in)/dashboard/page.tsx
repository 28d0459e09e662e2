import type { Metadata } from "next";
import { requireSession } from "../../../server/auth/session.ts";
import { tasks } from "../../../tasks/task";
import { TaskPage } from "../../../tasks/task-page";
import { readSearchParams, type SearchParams } from "../../search-params";
import { AppShell } from "../app-shell";
import { firstPage } from "../first-page";

export const metadata: Metadata = { title: "Tasks" };

/** The first page of tasks is in the HTML; the browser goes on from there without asking again. */
export default async function DashboardPage({ searchParams }: { searchParams: SearchParams }) {
  const view = tasks.parseView(await readSearchParams(searchParams));
  const { user } = await requireSession(`/dashboard${tasks.viewSearch(view)}`);
  return (
    <AppShell user={user}>
      <TaskPage first={await firstPage(user.id, tasks, view)} />
    </AppShell>
  );
}
