import { randomUUID } from "node:crypto";
import { classify } from "./errors.ts";
import { type Applied, createJournal, note, readJournal, readSnapshot, writeSnapshot } from "./journal.ts";
import { MIGRATIONS, type Migration, objectsOf, readMigrations, sha256 } from "./migrations.ts";
import type { Store } from "./port.ts";
import { SchemaError } from "./schema-error.ts";
import { differences, takeSnapshot } from "./snapshot.ts";

const TABLE_ALREADY_EXISTS = 57;

export interface MigrateOptions {
  readonly log: { info(fields: object, message: string): void };
  /** Default: the migrations beside this file. */
  readonly directory?: string | undefined;
}

/**
 * Brings the database to the version of this code, and checks that its tables are what the migrations left.
 * Each statement is noted before and after it runs, so a run that died goes on where it was.
 * @returns numbers of the migrations that got statements from this run, and the version reached
 * @throws SchemaError when the files or the database are not what they should be; StoreError from the database
 */
export async function migrate(store: Store, options: MigrateOptions): Promise<{ applied: number[]; version: number }> {
  const migrations = await readMigrations(options.directory ?? MIGRATIONS);
  const version = migrations.length;
  const before = await readJournal(store);
  refuseStrangers(before, migrations);
  const { complete, touched } = standing(before, migrations);
  if (complete === touched) await refuseAltered(store, complete);
  if (complete < version) await createJournal(store);

  const run = randomUUID();
  const applied: number[] = [];
  for (const migration of migrations.slice(complete)) {
    const statements = await apply(store, migration, run);
    if (statements > 0) applied.push(migration.version);
    options.log.info({ version: migration.version, file: migration.file, statements }, "MigrationApplied");
  }
  if (version > 0 && (await readSnapshot(store, version)) === undefined) {
    await writeSnapshot(store, version, run, await takeSnapshot(store, objectsOf(migrations, version)));
  }
  return { applied, version };
}

/** For processes that only use the schema: throws what `migrate` would, and SchemaError when it has work to do. */
export async function checkSchema(store: Store, directory: string = MIGRATIONS): Promise<{ version: number }> {
  const migrations = await readMigrations(directory);
  const journal = await readJournal(store);
  refuseStrangers(journal, migrations);
  const { complete, touched } = standing(journal, migrations);
  const version = migrations.length;
  if (complete < version || touched > complete) {
    throw new SchemaError(
      "behind",
      `the database is at version ${complete}, expected ${version}: run \`tocsin migrate\``,
    );
  }
  await refuseAltered(store, version);
  return { version };
}

/** @returns how many statements this run executed */
async function apply(store: Store, migration: Migration, run: string): Promise<number> {
  let executed = 0;
  for (const [statement, { text }] of migration.statements.entries()) {
    // Read again before each: another process may be at the same migration.
    const noted = (await readJournal(store)).filter(
      (entry) => entry.version === migration.version && entry.statement === statement,
    );
    if (noted.some(({ step }) => step === "done")) continue;
    const { version, file, checksum } = migration;
    const of = {
      version,
      file,
      checksum,
      statement,
      statements: migration.statements.length,
      digest: sha256(text),
      run,
    };
    await note(store, { ...of, step: "started" });
    try {
      await store.command(text);
    } catch (error) {
      if (classify(error).code !== TABLE_ALREADY_EXISTS) throw error;
      // It exists because a run that noted the start got it done, and no further; anything else is not ours.
      const others = (await readJournal(store)).some(
        (entry) => entry.version === version && entry.statement === statement && entry.run !== run,
      );
      if (!others)
        throw new SchemaError("taken", `${file}, statement ${statement + 1}: ${(error as Error).message}`, error);
    }
    await note(store, { ...of, step: "done" });
    executed++;
  }
  return executed;
}

/** The last version all of whose statements are done, and the last that was begun. */
function standing(journal: readonly Applied[], migrations: readonly Migration[]) {
  let complete = 0;
  for (const { version, statements } of migrations) {
    const done = new Set(
      journal.filter((entry) => entry.version === version && entry.step === "done").map((entry) => entry.statement),
    );
    if (version !== complete + 1 || done.size < statements.length) break;
    complete = version;
  }
  return { complete, touched: journal.reduce((most, entry) => Math.max(most, entry.version), 0) };
}

function refuseStrangers(journal: readonly Applied[], migrations: readonly Migration[]): void {
  const highest = journal.reduce((most, { version }) => Math.max(most, version), 0);
  if (highest > migrations.length) {
    const known = migrations.length;
    throw new SchemaError("newer", `the database is at version ${highest}, this Tocsin knows ${known}: upgrade Tocsin`);
  }
  for (const migration of migrations) {
    const done = journal.filter(({ version, step }) => version === migration.version && step === "done");
    const last = done.find(({ statement, statements }) => statement === statements - 1);
    if (last && last.checksum !== migration.checksum) throw edited(migration, "as a whole", last.checksum);
    // Of a migration that stopped half-way the rest may still be corrected; what is done may not.
    for (const { statement, digest, checksum } of done) {
      const text = migration.statements[statement]?.text;
      if (text === undefined || sha256(text) !== digest)
        throw edited(migration, `in statement ${statement + 1}`, checksum);
    }
  }
}

function edited({ file, checksum }: Migration, where: string, expected: string): SchemaError {
  return new SchemaError(
    "edited",
    `${file} was changed ${where} after it was applied: sha256 expected ${expected.slice(0, 12)}, ` +
      `got ${checksum.slice(0, 12)}; restore it and put the change into a new migration`,
  );
}

async function refuseAltered(store: Store, version: number): Promise<void> {
  const recorded = version === 0 ? undefined : await readSnapshot(store, version);
  if (!recorded) return;
  const wrong = differences(recorded, await takeSnapshot(store, Object.keys(recorded.objects)));
  if (wrong.length === 0) return;
  throw new SchemaError("altered", `the tables are not what version ${version} left:\n  ${wrong.join("\n  ")}`);
}
