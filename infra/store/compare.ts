import type { Store } from "./port.ts";

/** Rows by table, one text a row. */
export type TableRows = ReadonlyMap<string, readonly string[]>;

/** What a second telling of the same story may move: where a record lies in the log, and the wall clock. */
const NEVER_COMPARED: readonly string[] = ["offset", "rank", "updated_at", "received_at", "replayed_at", "removed_at"];

/** Tables of which only some columns are about the story. None: the table is about how it was told. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  schema_migrations: [],
  schema_snapshots: [],
  checkpoints: [],
  // Counts of records count repeats, which another telling may have more of.
  progress: ["process", "topic", "partition", "watermark", "open"],
  dead_letters: ["letter_id", "stream", "reason", "bytes"],
  deliveries: ["effect_id", "sink", "status"],
};

/** Every row of every table that a run, however it was disturbed, must end with: in a fixed order, merged. */
export async function comparableRows(store: Store): Promise<Map<string, string[]>> {
  const columns = await store.query<{ table: string; name: string }>(
    `SELECT table, name FROM system.columns
     WHERE database = currentDatabase() AND table IN (
       SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
     ORDER BY table, position`,
  );
  const tables = new Map<string, string[]>();
  for (const table of new Set(columns.map((column) => column.table))) {
    const all = columns.filter((column) => column.table === table).map(({ name }) => name);
    const told = COMPARED[table] ?? all.filter((name) => !NEVER_COMPARED.includes(name));
    if (told.length === 0) continue;
    const rows = await store.query<object>(`SELECT ${told.join(", ")} FROM ${table} FINAL ORDER BY ALL`);
    tables.set(
      table,
      rows.map((row) => JSON.stringify(row)),
    );
  }
  return tables;
}

/** Rows that only one of two stores holds, `-` of the first and `+` of the other; each as often as it is missing. */
export function tableDifferences(one: TableRows, other: TableRows): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((table) => {
    const left = counted(one.get(table) ?? []);
    const right = counted(other.get(table) ?? []);
    return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((row) => {
      const more = (left.get(row) ?? 0) - (right.get(row) ?? 0);
      return Array<string>(Math.abs(more)).fill(`${more > 0 ? "-" : "+"} ${table} ${row}`);
    });
  });
}

function counted(rows: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  return counts;
}
