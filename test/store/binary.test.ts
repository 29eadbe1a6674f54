import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaryChunks, type Column, createRowCoder } from "../../infra/store/binary.ts";
import { CHUNK_LIMITS } from "../../infra/store/chunks.ts";
import { type Front, startFront } from "../../infra/store/front/start.ts";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { createSheets } from "../../infra/store/sheets.ts";

/** Below this many the store sends text. */
const TEXT_ROWS = 50;

const TYPES: Readonly<Record<string, [type: string, of: fc.Arbitrary<unknown>]>> = {
  s: ["String", fc.string({ unit: "grapheme", maxLength: 300 })],
  l: [
    "LowCardinality(String)",
    fc.constantFrom("", "万里达快递", "carrier-1", 'q"\\\n', "x".repeat(47), "é".repeat(47)),
  ],
  e: ["Enum8('opened' = 1, 'ended' = 2)", fc.constantFrom("opened", "ended")],
  t: ["DateTime64(3, 'UTC')", fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2299, 11, 31) })],
  nt: ["Nullable(DateTime64(3, 'UTC'))", fc.option(fc.integer({ min: 0, max: 1e13 }))],
  d: [
    "Nullable(Decimal(18, 2))",
    fc.option(
      fc.oneof(
        fc.integer({ min: 0, max: 1e11 }).map((cents) => cents / 100),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.constantFrom(0.005, 0.29, 1.005, 88.999, 1e-7, 1e9),
      ),
    ),
  ],
  f: ["Nullable(Float32)", fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }))],
  g: ["Float64", fc.double({ noNaN: true, noDefaultInfinity: true })],
  b: ["Nullable(Bool)", fc.option(fc.boolean())],
  u8: ["Nullable(UInt8)", fc.option(fc.integer({ min: 0, max: 255 }))],
  u16: ["UInt16", fc.integer({ min: 0, max: 65_535 })],
  u32: ["UInt32", fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  u64: ["UInt64", fc.oneof(fc.nat(), fc.maxSafeNat())],
  a: ["Array(LowCardinality(String))", fc.array(fc.constantFrom("perishable", "易碎", ""), { maxLength: 200 })],
};
const COLUMNS: Column[] = Object.entries(TYPES).map(([name, [type]]) => ({ name, type }));
const anyRow = fc.record(Object.fromEntries(Object.entries(TYPES).map(([name, [, of]]) => [name, of])));

let root: string;
let front: Front;
let store: Store;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tocsin-binary-"));
  // One engine a process, so both ways in are tried on one directory.
  front = await startFront({ path: join(root, "data") });
  store = await openStore({ path: join(root, "data") });
});
afterAll(async () => {
  await store?.close();
  await front?.close();
  await rm(root, { recursive: true, force: true });
});

const numbered = (rows: readonly object[]) => rows.map((row, n) => ({ n, ...row }));
const createTable = (name: string) =>
  store.command(
    `CREATE OR REPLACE TABLE ${name} (n UInt32, ${COLUMNS.map(({ name: column, type }) => `${column} ${type}`).join(", ")},
     rest UInt64 DEFAULT u64 + 1) ENGINE = MergeTree ORDER BY n`,
  );

describe.each(["in this process", "through the front"])("rows as bytes, %s", (where) => {
  test("read back as the same rows sent as text", { timeout: 120_000 }, async () => {
    const target = where === "in this process" ? store : await openStore({ url: front.url });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 70, maxLength: 160 }), async (some) => {
        await createTable("as_text");
        await createTable("as_bytes");
        const rows = numbered(some);
        for (let at = 0; at < rows.length; at += TEXT_ROWS) {
          await target.insert("as_text", rows.slice(at, at + TEXT_ROWS));
        }
        await target.insert("as_bytes", rows);
        const read = (table: string) => target.query(`SELECT * FROM ${table} ORDER BY n`);
        expect(await read("as_bytes")).toEqual(await read("as_text"));
      }),
      { numRuns: 12 },
    );
    if (target !== store) await target.close();
    expect(await readdir(join(root, "data", "spool"))).toEqual([]);
  });

  test("sheets read back as the same rows sent as text, also with rows between them that are no bytes", {
    timeout: 120_000,
  }, async () => {
    const target = where === "in this process" ? store : await openStore({ url: front.url });
    await createTable("as_text");
    await createTable("as_bytes");
    const sheets = target.sheets;
    if (!sheets) throw new Error("expected a store with sheets");
    // A number with more decimals than a double prints plainly, and rows of other fields, are the text's to sort out.
    const odd = fc.constantFrom<object>({}, { d: 1e-9 }, { u64: 2n ** 63n }, { rest: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.tuple(anyRow, odd), { maxLength: 40 }), { maxLength: 4 }), async (lots) => {
        await createTable("as_text");
        await createTable("as_bytes");
        let n = 0;
        const given = lots.map((lot) => lot.map(([row, more]): object => ({ n: n++, ...row, ...more })));
        for (const row of given.flat()) await target.insert("as_text", [row]);
        const filled = given.map((lot) => {
          const sheet = sheets.open("as_bytes");
          for (const row of lot) sheet.add(row);
          expect(sheet.rows).toBe(lot.length);
          return sheet;
        });
        await sheets.insert("as_bytes", filled);
        const read = (table: string) => target.query(`SELECT * FROM ${table} ORDER BY n`);
        expect(await read("as_bytes")).toEqual(await read("as_text"));
      }),
      { numRuns: 6 },
    );
    if (target !== store) await target.close();
    expect(await readdir(join(root, "data", "spool"))).toEqual([]);
  });

  test("what a column does not take is refused, and the next rows are taken", async () => {
    const target = where === "in this process" ? store : await openStore({ url: front.url });
    await createTable("strict");
    const [row] = fc.sample(anyRow, { numRuns: 1, seed: 1 });
    const rows = numbered(Array.from({ length: 100 }, () => row as object));
    const spoilt = (fields: object) => [...rows.slice(1), { ...rows[0], ...fields }];
    await expect(target.insert("strict", spoilt({ s: null }))).rejects.toThrow(/strict/);
    await expect(target.insert("strict", spoilt({ u16: 70_000.5 }))).rejects.toThrow(/strict/);
    await expect(target.insert("strict", spoilt({ g: Number.NaN }))).rejects.toThrow(/finite/);
    await expect(
      target.insert(
        "strict",
        rows.map((one) => ({ ...one, nope: 1 })),
      ),
    ).rejects.toThrow(/nope/);
    await target.insert("strict", rows);
    // The columns it knows are old by now; a server must not take their bytes for something else.
    await store.command("ALTER TABLE strict MODIFY COLUMN u32 UInt64");
    await expect(target.insert("strict", rows)).rejects.toThrow(/u32/);
    expect(await target.query("SELECT toUInt32(count()) AS rows FROM strict")).toEqual([{ rows: 100 }]);
    if (target !== store) await target.close();
  });
});

test("every column of the stream tables has an encoder", async () => {
  const fresh = await openStore({ url: front.url, database: "shapes" });
  await migrate(fresh, { log: { info: () => {} } });
  for (const table of ["order_events", "complaint_events", "context_events", "finding_changes", "progress"]) {
    const columns = await fresh.query<Column>(
      "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
      { table },
    );
    const sample = Object.fromEntries(columns.map(({ name }) => [name, null]));
    expect(createRowCoder(columns, sample), table).toBeDefined();
  }
  await fresh.close();
});

test("chunks keep every row once, within the limits", () => {
  const coder = createRowCoder([{ name: "u32", type: "UInt32" }], { u32: 0 });
  if (!coder) throw new Error("expected a coder");
  const rows = Array.from({ length: 103 }, (_, u32) => ({ u32 }));
  const pieces = binaryChunks(rows, coder, { ...CHUNK_LIMITS, rows: 10 }) ?? [];
  const chunks = pieces.map((piece) => Buffer.concat(piece));
  const head = 1 + 1 + "u32".length + 1 + "UInt32".length;
  const read = chunks.flatMap((bytes) =>
    Array.from({ length: (bytes.length - head) / 4 }, (_, i) => bytes.readUInt32LE(head + 4 * i)),
  );
  expect(read).toEqual(rows.map(({ u32 }) => u32));
  expect(chunks).toHaveLength(11);
});

test("sheets go in inserts within the limits, in their order, and their memory is used again", async () => {
  const columns = [{ name: "u32", type: "UInt32" }];
  const sheets = createSheets(() => Promise.resolve(columns), { rows: 1000, chars: 400 });
  const early = sheets.open("t");
  early.add({ u32: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  let u32 = 1;
  const filled = Array.from({ length: 5 }, (_, lot) => {
    const sheet = sheets.open("t");
    for (let i = 0; i < 50 * lot; i++) sheet.add(i === 49 ? { u32: "7" } : { u32: u32++ });
    return sheet;
  });
  const read: unknown[] = [];
  for (const load of sheets.loads([early, ...filled], { rows: 120, chars: 600 })) {
    if (load.head === undefined) read.push(...load.list.map((row) => (row as { u32: unknown }).u32));
    else {
      const bytes = Buffer.concat(load.bodies);
      expect(bytes.length).toBeLessThanOrEqual(600);
      for (let at = 0; at < bytes.length; at += 4) read.push(bytes.readUInt32LE(at));
    }
  }
  let next = 0;
  // What was there before the columns were known, and every fiftieth, went as it was.
  expect(read.map((value) => (value === "7" ? "7" : value === next && next++))).not.toContain(false);
  expect(read.filter((value) => value === "7")).toHaveLength(4);
  expect(next).toBe(u32);
  sheets.free(filled);
  const again = sheets.open("t");
  again.add({ u32: 99 });
  const [load] = sheets.loads([again], { rows: 120, chars: 600 });
  expect(load?.head && Buffer.concat(load.bodies).readUInt32LE(0)).toBe(99);
});
