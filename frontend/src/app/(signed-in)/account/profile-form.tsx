"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { MAX_NAME } from "../../../account-limits";
import { dropDraft, restoreDraft, saveDraft } from "../../../outbox/drafts";
import { authRequest } from "../../../session/auth-client";
import { problemOf } from "../../../session/auth-error-texts";
import { useForm } from "../../../session/use-form";
import { Button } from "../../../ui/button";
import { Field } from "../../../ui/field";
import { toast } from "../../../ui/toast";

const DRAFT = "profile";

export function ProfileForm({ userId, name }: { userId: string; name: string }) {
  const router = useRouter();
  const { at, busy, props } = useForm(async (fields) => {
    const typed = String(fields.get("name")).trim();
    if (!typed) return { field: "name", text: "Enter your name." };
    try {
      await authRequest("/update-user", { name: typed });
    } catch (error) {
      return { ...problemOf(error), field: "name" };
    }
    dropDraft(userId, DRAFT);
    toast("Name changed", { kind: "account" });
    router.refresh();
    return undefined;
  });

  useEffect(() => {
    const draft = restoreDraft(userId, DRAFT)?.name;
    const input = props.ref.current?.elements.namedItem("name");
    if (draft && input instanceof HTMLInputElement) input.value = draft;
  }, [userId, props.ref]);

  return (
    <form
      {...props}
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
        maxLength={MAX_NAME}
        error={at("name")}
      />
      <div>
        <Button type="submit" variant="quiet" busy={busy}>
          Save name
        </Button>
      </div>
    </form>
  );
}
