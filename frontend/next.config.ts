import { resolve } from "node:path";
import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants.js";

export default (phase: string): NextConfig => ({
  poweredByHeader: false,
  // There is no picture to optimize, and so no `/_next/image` that fetches on request.
  images: { unoptimized: true },
  reactStrictMode: true,
  // The workspace has its TypeScript; the packed one is JavaScript and needs no such line.
  transpilePackages: ["gatepass"],
  turbopack: { root: resolve(import.meta.dirname, "..") },
  // The expiry lab (app/(signed-in)/lab) is no page anywhere but in development.
  pageExtensions: [
    "ts",
    "tsx",
    ...(phase === PHASE_DEVELOPMENT_SERVER ? ["lab.ts", "lab.tsx"] : []),
  ],
});
