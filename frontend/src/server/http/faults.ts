import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { requestScope } from "./request-scope.ts";

const STYLE =
  ":root{color-scheme:light dark;background:light-dark(#f6f5f0,#111412)}body{font:1rem/1.6 system-ui,sans-serif;max-width:28rem;margin:18vh auto;padding:0 1.5rem}code{overflow-wrap:anywhere}";
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * Puts a page that can be read without scripts in the place of the one that Next.js answers for a
 * fault, which is empty until its scripts have run. A page whose database did not answer
 * (session.ts notes it) is a 503 and no 500: balancers and caches tell the two apart, and a page
 * cannot choose its status.
 *
 * @param dev - the page of Next.js stays, since it shows where the fault is
 */
export function answerFaults(response: ServerResponse, dev: boolean): void {
  const scope = requestScope.getStore();
  type Call = (...args: unknown[]) => unknown;
  const writeHead: Call = response.writeHead.bind(response) as Call;
  const write: Call = response.write.bind(response) as Call;
  const end: Call = response.end.bind(response) as Call;
  let replaced = false;

  function head(status: number, ...rest: unknown[]): ServerResponse {
    if (status !== 500) {
      writeHead(status, ...rest);
      return response;
    }
    const unavailable = scope?.unavailable === true;
    if (unavailable) response.setHeader("Retry-After", "2");
    response.setHeader("Cache-Control", "no-store");
    const isPage = String(response.getHeader("Content-Type")).startsWith("text/html");
    replaced = isPage && !dev;
    if (!replaced) {
      writeHead(unavailable ? 503 : 500, ...rest);
      return response;
    }
    for (const name of ["Content-Encoding", "ETag", "Link"]) response.removeHeader(name);
    const page = Buffer.from(pageOf(unavailable, scope?.requestId));
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Length", page.length);
    response.setHeader("Content-Security-Policy", POLICY);
    writeHead(unavailable ? 503 : 500);
    end(page);
    return response;
  }

  /** What would send the head by itself sends it as above. */
  const afterHead =
    (call: Call, instead: unknown): Call =>
    (...args) => {
      if (response.statusCode === 500 && !response.headersSent) response.writeHead(500);
      return replaced ? instead : call(...args);
    };
  response.writeHead = head as typeof response.writeHead;
  response.write = afterHead(write, true) as typeof response.write;
  response.end = afterHead(end, response) as typeof response.end;
}

function pageOf(unavailable: boolean, reference = ""): string {
  const [title, text] = unavailable
    ? ["The service is briefly unavailable", "Nothing of yours is lost. Wait a moment."]
    : ["That went wrong", "The fault is on our side and has been written down."];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="">Try again</a> or <a href="/">go to the start</a>.</p>
<p>Reference: <code>${reference}</code></p>
</main>
</body>
</html>
`;
}
