import { resolve } from "node:path";
import type { NextConfig } from "next";

export default {
  poweredByHeader: false,
  // There is no picture to optimize, and so no `/_next/image` that fetches on request.
  images: { unoptimized: true },
  reactStrictMode: true,
  // The workspace has its TypeScript; the packed one is JavaScript and needs no such line.
  transpilePackages: ["gatepass"],
  turbopack: { root: resolve(import.meta.dirname, "..") },
} satisfies NextConfig;
