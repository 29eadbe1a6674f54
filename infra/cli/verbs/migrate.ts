import type { Command } from "commander";
import { readSettings } from "../../config/settings.ts";
import { openStoreOf } from "../../session.ts";
import { migrate } from "../../store/migrate.ts";
import { createLogger, print, printJson } from "../output.ts";

export function registerMigrate(program: Command): void {
  program
    .command("migrate")
    .option("--config <file>", "settings (YAML)")
    .option("--json", "one JSON document on standard output")
    .action(async (options: { config?: string; json?: boolean }) => {
      const settings = readSettings(options.config, process.env);
      const store = await openStoreOf(settings);
      try {
        const result = await migrate(store, { log: createLogger(settings.logLevel) });
        if (options.json) printJson(result);
        else print(`schema version ${result.version}; applied now: ${result.applied.join(", ") || "none"}`);
      } finally {
        await store.close();
      }
    });
}
