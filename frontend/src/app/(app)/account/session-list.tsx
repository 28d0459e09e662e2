"use client";

import { useTransition } from "react";
import { reportProblem } from "../../../session/report";
import { browserSession } from "../../../session/session-control";
import { Button } from "../../../ui/button";
import { toast } from "../../../ui/toast";
import { endOtherSessions, endSessionOf } from "./actions";

export type SessionLine = { id: string; device: string; lastUse: string; current: boolean };

/** Where the account is signed in. `lastUse` is a date, `YYYY-MM-DD`. */
export function SessionList({ sessions }: { sessions: SessionLine[] }) {
  const [ending, startTransition] = useTransition();
  const others = sessions.filter(({ current }) => !current);

  const end = (action: () => Promise<void>, said: string) =>
    startTransition(async () => {
      try {
        await action();
        toast(said, { kind: "account" });
      } catch (error) {
        // An action fails in the same way for all reasons; the issuer knows if the session is over.
        const { pass } = browserSession();
        await pass.check().then(() => reportProblem(error), reportProblem);
      }
    });

  return (
    <>
      <ul className="grid" aria-busy={ending}>
        {sessions.map(({ id, device, lastUse, current }) => (
          <li
            key={id}
            className="flex min-h-14 items-center justify-between gap-4 border-b border-line py-2 last:border-b-0"
          >
            <div className="min-w-0">
              <p className="truncate font-medium">{device}</p>
              <p className="text-sm text-muted">
                {current ? "This device" : <>Last used {dateText(lastUse)}</>}
              </p>
            </div>
            {!current && (
              <Button
                variant="plain"
                aria-label={`End session: ${device}, last used ${dateText(lastUse)}`}
                className="text-danger"
                onClick={() => end(() => endSessionOf(id), "Session ended")}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 0 ? (
        <Button
          variant="quiet"
          busy={ending}
          className="mt-4"
          onClick={() => end(endOtherSessions, "All other sessions have ended")}
        >
          End all other sessions
        </Button>
      ) : (
        <p className="mt-3 text-sm text-muted">You are signed in nowhere else.</p>
      )}
    </>
  );
}

function dateText(date: string): string {
  const format = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(Date.parse(date));
}
