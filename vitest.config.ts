import { defineConfig } from "vitest/config";

// chDB holds one data directory a process, so every test file runs in a process of its own.
const shared = { pool: "forks", maxWorkers: 2, testTimeout: 30_000, hookTimeout: 60_000 } as const;
const INTEGRATION = ["test/**/*.integration.test.ts", "test/**/*.browser.test.ts"];

// `unit` needs nothing but Node; `integration` a Kafka broker, Alertmanager and a browser.
export default defineConfig({
  test: {
    ...shared,
    projects: [
      { test: { ...shared, name: "unit", include: ["test/**/*.test.ts"], exclude: INTEGRATION } },
      { test: { ...shared, name: "integration", include: INTEGRATION } },
    ],
  },
});
