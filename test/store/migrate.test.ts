import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { checkSchema, migrate } from "../../infra/store/migrate.ts";
import { MIGRATIONS, readMigrations } from "../../infra/store/migrations.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { runChild } from "./child.ts";

const ONE =
  "-- the first\nCREATE TABLE a (x UInt8, y String DEFAULT 'no;thing') ENGINE = ReplacingMergeTree ORDER BY x;\nCREATE TABLE b (x UInt8) ENGINE = ReplacingMergeTree ORDER BY x;\nCREATE VIEW c AS SELECT x FROM a;\n";
const TWO = "ALTER TABLE a ADD COLUMN IF NOT EXISTS z UInt64;\nDROP TABLE IF EXISTS b;\n";

let root: string;
let directory: string;
let database: string;
let opened: Store[] = [];
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tocsin-migrate-"));
});
beforeEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  database = `m${count++}`;
  directory = await mkdtemp(join(root, "sql-"));
  await write("0001_one.sql", ONE);
});
afterAll(async () => {
  for (const store of opened) await store.close();
  opened = [];
  await rm(root, { recursive: true, force: true });
});

const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
const open = async () => {
  const store = await openStore({ path: join(root, "data"), database });
  opened.push(store);
  return store;
};
const log = { info: () => {} };
const columns = (store: Store, table: string) =>
  store.query(
    `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`,
    { table },
  );

test("applies what is new, in order, once", async () => {
  const store = await open();
  await expect(checkSchema(store, directory)).rejects.toMatchObject({ problem: "behind" });
  expect(await migrate(store, { log, directory })).toEqual({ applied: [1], version: 1 });
  expect(await checkSchema(store, directory)).toEqual({ version: 1 });
  await write("0002_two.sql", TWO);
  await expect(checkSchema(store, directory)).rejects.toMatchObject({ problem: "behind" });
  expect(await migrate(store, { log, directory })).toEqual({ applied: [2], version: 2 });
  expect(await migrate(store, { log, directory })).toEqual({ applied: [], version: 2 });
  expect(await checkSchema(store, directory)).toEqual({ version: 2 });
  expect(await columns(store, "a")).toEqual([{ name: "x" }, { name: "y" }, { name: "z" }]);
  expect(await columns(store, "b")).toEqual([]);
});

test("keeps the checksum of each file, which does not depend on line ends", async () => {
  const store = await open();
  await migrate(store, { log, directory });
  const [{ checksum } = { checksum: "" }] = await readMigrations(directory);
  expect(await store.query("SELECT DISTINCT checksum FROM schema_migrations")).toEqual([{ checksum }]);
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  await write("0001_one.sql", ONE.replaceAll("\n", "\r\n"));
  expect(await checkSchema(store, directory)).toEqual({ version: 1 });
});

test("refuses a file that changed after it was applied, even in a comment", async () => {
  const store = await open();
  await migrate(store, { log, directory });
  for (const sql of [
    ONE.replace("first", "1st"),
    ONE.replace("UInt8", "UInt16"),
    ONE.slice(0, ONE.indexOf("CREATE VIEW")),
  ]) {
    await write("0001_one.sql", sql);
    const refused = { problem: "edited", message: expect.stringContaining("0001_one.sql was changed") };
    await expect(migrate(store, { log, directory })).rejects.toMatchObject(refused);
    await expect(checkSchema(store, directory)).rejects.toMatchObject(refused);
  }
});

test("refuses a database that is newer than the files", async () => {
  const store = await open();
  await write("0002_two.sql", TWO);
  await migrate(store, { log, directory });
  await rm(join(directory, "0002_two.sql"));
  const message = "the database is at version 2, this Tocsin knows 1: upgrade Tocsin";
  await expect(migrate(store, { log, directory })).rejects.toMatchObject({ problem: "newer", message });
  await expect(checkSchema(store, directory)).rejects.toMatchObject({ problem: "newer", message });
});

test.each([
  ["0003_three.sql", "expected number 2 at this place, got 3"],
  ["0001_again.sql", "expected number 1 at this place"],
  ["second.sql", "expected a name like 0001_name.sql"],
])("refuses a file %s", async (file, message) => {
  const store = await open();
  await write(file, TWO);
  const error = await migrate(store, { log, directory }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ problem: "numbering" });
  if (file !== "0001_again.sql") expect((error as Error).message).toContain(message);
  expect(await columns(store, "schema_migrations")).toEqual([]);
});

test("refuses tables that were altered or lost, and says what differs", async () => {
  const store = await open();
  await migrate(store, { log, directory });
  await store.command("ALTER TABLE a MODIFY COLUMN y Nullable(String)");
  await store.command("ALTER TABLE a ADD COLUMN mine UInt8");
  await store.command("DROP TABLE b");
  await store.command("CREATE OR REPLACE VIEW c AS SELECT x FROM a WHERE x > 1");
  const error = await checkSchema(store, directory).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ problem: "altered" });
  const { message } = error as Error;
  expect(message).toContain("a: column y: expected String, got Nullable(String)");
  expect(message).toContain("a: column mine: expected none, got UInt8");
  expect(message).toContain("b: expected it to exist, got nothing");
  expect(message).toMatch(/c: query: expected .* got .*WHERE x > 1/);
  await write("0002_two.sql", TWO);
  await expect(migrate(store, { log, directory })).rejects.toMatchObject({ problem: "altered" });
});

test("does not take over a table somebody else made, and leaves tables of others alone", async () => {
  const store = await open();
  await store.command("CREATE TABLE other (x UInt8) ENGINE = Memory");
  await store.command("CREATE TABLE b (different String) ENGINE = Memory");
  const taken = { problem: "taken", message: expect.stringContaining("0001_one.sql, statement 2") };
  await expect(migrate(store, { log, directory })).rejects.toMatchObject(taken);
  await store.command("DROP TABLE b");
  expect(await migrate(store, { log, directory })).toEqual({ applied: [1], version: 1 });
  await store.command("DROP TABLE other");
  expect(await checkSchema(store, directory)).toEqual({ version: 1 });
});

test("a statement that is wrong stops there; its correction goes on from there", async () => {
  const store = await open();
  await write("0001_one.sql", ONE.replace("CREATE VIEW c AS SELECT x", "CREATE VIEW c AS SELECT nothing"));
  await expect(migrate(store, { log, directory })).rejects.toMatchObject({ code: 47 });
  await write("0001_one.sql", ONE.replace("x UInt8, y", "x UInt16, y"));
  await expect(migrate(store, { log, directory })).rejects.toMatchObject({ problem: "edited" });
  await write("0001_one.sql", ONE);
  expect(await migrate(store, { log, directory })).toEqual({ applied: [1], version: 1 });
  expect(await checkSchema(store, directory)).toEqual({ version: 1 });
});

test("a kill at any statement is mended by the next run", async () => {
  for (const store of opened.splice(0)) await store.close();
  await cp(MIGRATIONS, directory, { recursive: true });
  await rm(join(directory, "0001_one.sql"));
  // Statements are counted from where the run before was killed; one killed "after" is met again as existing.
  for (const moment of ["before 0", "after 0", "before 5", "after 6", "after 1"]) {
    const child = runChild("test/store/migrate-child.ts", [
      join(root, "data"),
      database,
      directory,
      ...moment.split(" "),
    ]);
    expect(await child.ended, child.errors()).toBe("SIGKILL");
  }
  const store = await open();
  await migrate(store, { log, directory });
  await checkSchema(store, directory);
  expect(await store.query("SELECT count() AS orders FROM orders")).toEqual([{ orders: 0 }]);
}, 120_000);
