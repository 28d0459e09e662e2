"use client";

import "./globals.css";

/** When even the root layout failed; as small as can be, because every page loads it beforehand. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body className="p-6">
        <h1>That went wrong</h1>
        <p>The fault is on our side. Reload the page to try again.</p>
      </body>
    </html>
  );
}
