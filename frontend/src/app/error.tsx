"use client";

import { Button } from "../ui/button";
import { MessagePage } from "./message-page";

/** A page failed to render; the digest finds it in the server's log. */
export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  return (
    <MessagePage
      stub="Error 500"
      title="That went wrong"
      action={<Button onClick={() => location.reload()}>Try again</Button>}
    >
      The fault is on our side and has been written down. Nothing of yours is lost.
      {error.digest && (
        <span className="mt-3 block font-mono text-sm">Reference: {error.digest}</span>
      )}
    </MessagePage>
  );
}
