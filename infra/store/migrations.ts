import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SchemaError } from "./schema-error.ts";
import { createdBy, type Statement, statementsOf } from "./statements.ts";

export interface Migration {
  readonly version: number;
  readonly file: string;
  /** sha256 of the file with Unix line ends, hex. */
  readonly checksum: string;
  readonly statements: readonly Statement[];
}

export const MIGRATIONS = fileURLToPath(new URL("./migrations/", import.meta.url));

/**
 * The migrations of a directory, in order: files `NNNN_name.sql` numbered 1, 2, 3 ... without gaps.
 * @throws SchemaError when the numbers are not so, or a file cannot be cut into statements
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  for (const [index, { version, file }] of migrations.entries()) {
    if (version === index + 1) continue;
    throw new SchemaError("numbering", `${file}: expected number ${index + 1} at this place, got ${version}`);
  }
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const version = Number(/^(\d{4})_\w+\.sql$/.exec(file)?.[1]);
  if (!Number.isInteger(version)) {
    throw new SchemaError("numbering", `${file}: expected a name like 0001_name.sql`);
  }
  const sql = (await readFile(join(directory, file), "utf8")).replaceAll("\r\n", "\n");
  try {
    return { version, file, checksum: sha256(sql), statements: statementsOf(sql) };
  } catch (error) {
    throw new SchemaError("file", `${file}: ${(error as Error).message}`, error);
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Names of everything the migrations up to `version` create; some of it later ones may have dropped again. */
export function objectsOf(migrations: readonly Migration[], version: number): string[] {
  const names = migrations
    .filter((migration) => migration.version <= version)
    .flatMap((migration) => migration.statements.map(createdBy))
    .filter((name) => name !== undefined);
  return [...new Set(names)];
}
