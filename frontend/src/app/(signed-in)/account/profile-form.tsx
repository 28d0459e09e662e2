"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { dropDraft, readDraft, saveDraft } from "../../../outbox/drafts";
import { authRequest } from "../../../session/auth-client";
import { problemOf } from "../../../session/auth-error-texts";
import { Button } from "../../../ui/button";
import { Field } from "../../../ui/field";
import { toast } from "../../../ui/toast";

const DRAFT = "profile";

export function ProfileForm({ userId, name }: { userId: string; name: string }) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const draft = readDraft(userId, DRAFT)?.name;
    const input = form.current?.elements.namedItem("name");
    if (draft && input instanceof HTMLInputElement) input.value = draft;
  }, [userId]);

  async function onSubmit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("name")).trim();
    if (!typed) return setError("Enter your name.");
    setError(undefined);
    setBusy(true);
    try {
      await authRequest("/update-user", { name: typed });
      dropDraft(userId, DRAFT);
      toast("Name changed", { kind: "account" });
      router.refresh();
    } catch (problem) {
      setError(problemOf(problem).text);
    }
    setBusy(false);
  }

  return (
    <form
      ref={form}
      noValidate
      onSubmit={onSubmit}
      onInput={(event) =>
        saveDraft(userId, DRAFT, {
          name: String(new FormData(event.currentTarget).get("name")),
        })
      }
      className="grid max-w-sm gap-4"
    >
      <Field
        id="profile-name"
        name="name"
        label="Name"
        autoComplete="name"
        defaultValue={name}
        maxLength={100}
        error={error}
      />
      <div>
        <Button type="submit" variant="quiet" busy={busy}>
          Save name
        </Button>
      </div>
    </form>
  );
}
