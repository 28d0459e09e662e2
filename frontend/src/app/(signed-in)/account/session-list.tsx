"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { AuthError, authRequest } from "../../../session/auth-client";
import { Button } from "../../../ui/button";
import { dateText } from "../../../ui/date";
import { toast } from "../../../ui/toast";
import { PasswordDialog } from "./password-dialog";

export type SessionLine = { id: string; device: string; lastUse: string; current: boolean };

const used = ({ lastUse }: SessionLine) =>
  dateText(lastUse, { day: "numeric", month: "long", year: "numeric" });

/** One that has ended by itself meanwhile is over as well. */
async function endOne(id: string, password: string): Promise<void> {
  try {
    await authRequest("/revoke-session", { id, password });
  } catch (error) {
    if (!(error instanceof AuthError && error.code === "SESSION_NOT_FOUND")) throw error;
  }
}

/** Where the account is signed in. `lastUse` is a date, `YYYY-MM-DD`. */
export function SessionList({ sessions }: { sessions: SessionLine[] }) {
  const router = useRouter();
  /** What is to be ended: one session or all others. */
  const [ending, setEnding] = useState<SessionLine | "others">();
  const others = sessions.filter(({ current }) => !current);

  async function end(password: string): Promise<void> {
    if (ending === "others") await authRequest("/revoke-other-sessions", { password });
    else if (ending) await endOne(ending.id, password);
    setEnding(undefined);
    toast(ending === "others" ? "All other sessions have ended" : "Session ended", {
      kind: "account",
    });
    router.refresh();
  }

  return (
    <>
      <ul className="grid">
        {sessions.map((session) => (
          <li
            key={session.id}
            className="flex min-h-14 items-center justify-between gap-4 border-b border-line py-2 last:border-b-0"
          >
            <div className="min-w-0">
              <p className="truncate font-medium">{session.device}</p>
              <p className="text-sm text-muted">
                {session.current ? "This device" : `Last used ${used(session)}`}
              </p>
            </div>
            {!session.current && (
              <Button
                variant="plain"
                aria-label={`End session: ${session.device}, last used ${used(session)}`}
                className="text-danger"
                onClick={() => setEnding(session)}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 0 ? (
        <Button variant="quiet" className="mt-4" onClick={() => setEnding("others")}>
          End all other sessions
        </Button>
      ) : (
        <p className="mt-3 text-sm text-muted">You are signed in nowhere else.</p>
      )}
      {ending && (
        <PasswordDialog
          title={ending === "others" ? "End all other sessions?" : "End this session?"}
          text={
            ending === "others"
              ? "Every device but this one is signed out."
              : `${ending.device} is signed out.`
          }
          action={ending === "others" ? "Sign them out" : "Sign it out"}
          cancel="Cancel"
          run={end}
          onClose={() => setEnding(undefined)}
        />
      )}
    </>
  );
}
