import type { Command } from "commander";
import { importOlist } from "../../../ingest/olist/import.ts";
import { print, printJson, progressLine } from "../output.ts";

export function registerImport(program: Command): void {
  program
    .command("import")
    .command("olist")
    .description("the public Olist CSVs (Kaggle), gzipped or not, as orders and complaints at their own times")
    .argument("<dir>", "folder with the olist_*_dataset.csv files")
    .requiredOption("--out <file>", "event file to write; gzipped when the name ends in .gz")
    .option("--daily <file>", "also orders and complaints a day as CSV, for forecast and backtest")
    .option("--json", "one JSON document on standard output")
    .action(async (dir: string, options: { out: string; daily?: string; json?: boolean }) => {
      const progress = progressLine();
      const counts = await importOlist(dir, options.out, {
        daily: options.daily,
        onProgress: ({ bytes, totalBytes }) => progress.show(`import ${Math.round((100 * bytes) / totalBytes)} %`),
      });
      progress.end();
      if (options.json) printJson(counts);
      else {
        print(`${counts.orders} orders and ${counts.reviews} reviews: ${counts.events} events in ${options.out}`);
        for (const [kind, n] of Object.entries(counts.kinds)) print(`  ${String(n).padStart(8)}  ${kind}`);
      }
    });
}
