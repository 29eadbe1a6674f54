import type { Store } from "./port.ts";
import type { Snapshot } from "./snapshot.ts";

/** What was done to this database, as rows that are only ever added. */
export interface Applied {
  readonly version: number;
  readonly file: string;
  readonly checksum: string;
  readonly statement: number;
  readonly statements: number;
  /** sha256 of the statement. */
  readonly digest: string;
  readonly step: "started" | "done";
  readonly run: string;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS schema_migrations (
    version UInt32,
    file String,
    checksum String COMMENT 'sha256 of the file',
    statement UInt32 COMMENT 'counted from 0',
    statements UInt32 COMMENT 'in the file',
    digest String COMMENT 'sha256 of the statement',
    step Enum8('started' = 1, 'done' = 2),
    run String COMMENT 'which run of migrate',
    at DateTime64(3, 'UTC') DEFAULT now64(3)
  ) ENGINE = MergeTree ORDER BY (version, statement, step)`,
  `CREATE TABLE IF NOT EXISTS schema_snapshots (
    version UInt32,
    run String,
    snapshot String COMMENT 'what the tables were when the version was complete, a JSON object',
    at DateTime64(3, 'UTC') DEFAULT now64(3)
  ) ENGINE = MergeTree ORDER BY version`,
];

export async function createJournal(store: Store): Promise<void> {
  for (const table of TABLES) await store.command(table);
}

/** Empty for a database that was never migrated. */
export async function readJournal(store: Store): Promise<Applied[]> {
  const found = await store.query(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'",
  );
  if (found.length === 0) return [];
  return store.query<Applied>(
    `SELECT version, file, checksum, statement, statements, digest, step, run FROM schema_migrations
     ORDER BY version, statement, at`,
  );
}

export async function note(store: Store, entry: Applied): Promise<void> {
  await store.insert("schema_migrations", [entry]);
}

export async function writeSnapshot(store: Store, version: number, run: string, snapshot: Snapshot): Promise<void> {
  await store.insert("schema_snapshots", [{ version, run, snapshot: JSON.stringify(snapshot) }]);
}

export async function readSnapshot(store: Store, version: number): Promise<Snapshot | undefined> {
  const [row] = await store.query<{ snapshot: string }>(
    "SELECT snapshot FROM schema_snapshots WHERE version = {version:UInt32} ORDER BY at DESC LIMIT 1",
    { version },
  );
  return row && (JSON.parse(row.snapshot) as Snapshot);
}
