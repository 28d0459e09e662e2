"use client";

import ErrorPage from "./error";
import "./globals.css";

/** When even the root layout failed. */
export default function GlobalError(props: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <ErrorPage {...props} />
      </body>
    </html>
  );
}
