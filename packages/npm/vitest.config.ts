import { defineConfig } from "vitest/config";

export default defineConfig({
  // A password takes a tenth of a second to hash, and several where others work too.
  test: { testTimeout: 20_000, hookTimeout: 20_000, include: ["tests/**/*.test.ts"] },
});
