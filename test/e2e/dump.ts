import { openStore } from "../../infra/store/open.ts";

/**
 * Prints what a store holds, one JSON line a row, sorted: run as a child, since a process holds one chDB directory.
 * Left out are offsets (another number of repeats moves them) and wall-clock times.
 */
const TABLES: Record<string, string> = {
  order_events: "* EXCEPT (offset, rank)",
  complaint_events: "* EXCEPT (offset, rank)",
  context_events: "* EXCEPT (offset, rank)",
  dead_letters: "letter_id, stream, reason, bytes",
  finding_changes: "* EXCEPT (offset)",
  judgements: "*",
  incident_changes: "*",
  actions: "*",
  page_changes: "*",
  forecasts: "*",
  promise_risks: "*",
  promise_models: "*",
};

const store = await openStore({ path: process.argv[2] ?? "" });
const lines: string[] = [];
for (const [table, columns] of Object.entries(TABLES)) {
  for (const row of await store.query(`SELECT ${columns} FROM ${table} FINAL ORDER BY ALL`)) {
    lines.push(`${table} ${JSON.stringify(row)}`);
  }
}
await store.close();
process.stdout.write(lines.join("\n"));
