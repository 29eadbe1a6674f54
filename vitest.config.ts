import { defineConfig } from "vitest/config";

// chDB holds one data directory a process, so every test file runs in a process of its own.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
