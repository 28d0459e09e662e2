import type { NextConfig } from "next";

const api = process.env.API_URL ?? "http://localhost:8000";

/** Pages and `/api/auth` are Next.js's own; the rest of `/api` is FastAPI's, under one name. */
export default {
  rewrites: async () => ({
    beforeFiles: [],
    afterFiles: [],
    fallback: [{ source: "/api/:path*", destination: `${api}/api/:path*` }],
  }),
} satisfies NextConfig;
