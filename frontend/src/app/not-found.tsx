import type { Metadata } from "next";
import { MessagePage } from "./message-page";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <MessagePage stub="Error 404" title="No such page">
      The address may be mistyped, or what was here is gone.
    </MessagePage>
  );
}
