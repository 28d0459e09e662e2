import { resolve } from "node:path";
import type { NextConfig } from "next";

export default {
  poweredByHeader: false,
  reactStrictMode: true,
  transpilePackages: ["@gatepass/issuer"],
  turbopack: { root: resolve(import.meta.dirname, "..") },
} satisfies NextConfig;
