import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "@": resolve(import.meta.dirname, "src"),
      "server-only": resolve(
        import.meta.dirname,
        "../node_modules/next/dist/compiled/server-only/empty.js",
      ),
    },
  },
  // A password takes a quarter of a second to hash, by design, and several where others work too.
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
  },
});
