import { queryAsync } from "chdb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunksOf } from "../../infra/store/chunks.ts";
import { classify, StoreError, storeError, TRANSIENT_CODES } from "../../infra/store/errors.ts";
import { httpStatus } from "../../infra/store/front/http-status.ts";
import { formatOf, insertHead } from "../../infra/store/front/insert.ts";
import { createQueue } from "../../infra/store/front/queue.ts";
import { createPool } from "../../infra/store/pool.ts";
import { retrying } from "../../infra/store/retry.ts";
import { decodeRows } from "../../infra/store/rows.ts";
import { differences } from "../../infra/store/snapshot.ts";
import { createdBy, statementsOf } from "../../infra/store/statements.ts";

describe("errors", () => {
  test("the transient codes have the names ClickHouse gives them", async () => {
    const codes = [...TRANSIENT_CODES.keys()];
    const found = await queryAsync(`SELECT errorCodeToName(arrayJoin([${codes}]))`, { format: "TabSeparated" });
    expect(found.text().trim().split("\n")).toEqual([...TRANSIENT_CODES.values()]);
  });

  test.each([
    [Object.assign(new Error("x"), { code: "252" }), 252, "transient"],
    [Object.assign(new Error("x"), { code: "60" }), 60, "permanent"],
    [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "ECONNREFUSED", "transient"],
    [Object.assign(new Error("x"), { code: "EACCES" }), "EACCES", "permanent"],
    [new Error("Timeout error."), "ETIMEDOUT", "transient"],
    [Object.assign(new Error("x"), { code: "CHDB_QUERY", clickhouseCode: 241 }), 241, "transient"],
    [new Error("outer", { cause: Object.assign(new Error("x"), { code: "ECONNRESET" }) }), "ECONNRESET", "transient"],
    [new Error("Code: 62. DB::Exception: Syntax error"), 62, "permanent"],
    [new Error("anything else"), undefined, "permanent"],
    ["not an error", undefined, "permanent"],
  ])("%s is %s, %s", (error, code, fate) => {
    expect(classify(error)).toEqual({ code, fate });
  });

  test("a store error keeps code, table and cause", () => {
    const cause = Object.assign(new Error("no such table"), { code: "60" });
    const error = storeError("insert into t", cause, "t");
    expect(error).toMatchObject({ message: "insert into t: no such table (code 60)", code: 60, table: "t", cause });
    expect(storeError("again", error)).toBe(error);
  });
});

describe("retrying", () => {
  const transient = new StoreError("busy", { fate: "transient" });
  const policy = { attempts: 5, baseMs: 100, maxMs: 300 };

  test("pauses double up to the limit, between half and whole, and the last error comes out", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 4, maxLength: 4 }),
        async (luck) => {
          const pauses: number[] = [];
          const tools = { sleep: async (ms: number) => pauses.push(ms), random: () => luck[pauses.length] ?? 0 };
          let tries = 0;
          const failing = retrying(async () => Promise.reject(++tries && transient), policy, tools);
          await expect(failing).rejects.toBe(transient);
          expect(tries).toBe(5);
          expect(pauses).toEqual([100, 200, 300, 300].map((longest, i) => longest * (0.5 + (luck[i] ?? 0) / 2)));
        },
      ),
    );
  });

  test("stops at success, and at once for what cannot be helped", async () => {
    const tools = { sleep: async () => {}, random: () => 0 };
    let tries = 0;
    const second = async () => (++tries < 2 ? Promise.reject(transient) : "done");
    expect(await retrying(second, policy, tools)).toBe("done");
    tries = 0;
    const never = async () => Promise.reject(++tries && new StoreError("no", { fate: "permanent" }));
    await expect(retrying(never, policy, tools)).rejects.toThrow("no");
    expect(tries).toBe(1);
  });
});

describe("chunks", () => {
  test("hold every row once, in order, within the limits", () => {
    const rows = fc.array(fc.record({ id: fc.nat(), text: fc.string() }));
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 }), (some, most, chars) => {
        const chunks = [...chunksOf(some, { rows: most, chars })].map((text) => text.trimEnd().split("\n"));
        expect(chunks.flat().map((line) => JSON.parse(line))).toEqual(some);
        for (const lines of chunks) {
          expect(lines.length).toBeLessThanOrEqual(most);
          if (lines.length > 1) expect(lines.join("\n").length).toBeLessThanOrEqual(chars);
        }
      }),
    );
  });

  test("write big integers as digits, anywhere, and refuse what JSON cannot say", () => {
    const limits = { rows: 9, chars: 999 };
    expect([...chunksOf([{ a: 2n ** 64n, b: [1n], c: ["x"], d: null }], limits)]).toEqual([
      '{"a":"18446744073709551616","b":["1"],"c":["x"],"d":null}\n',
    ]);
    expect(() => [...chunksOf([{ a: 1 }, { b: Number.POSITIVE_INFINITY }], limits)]).toThrow(
      "row 1: expected finite numbers, got b = Infinity",
    );
    expect(() => [...chunksOf([{ a: { deep: [Number.NaN] } }], limits)]).toThrow(
      "row 0: expected finite numbers, got one inside",
    );
  });
});

test("rows become numbers only where a number is exact", () => {
  const text = [
    '["a","b","c","d"]',
    '["UInt64","Nullable(Int64)","Array(LowCardinality(UInt64))","String"]',
    '["9007199254740991","-5",["1","9007199254740993"],"7"]',
    '["9007199254740992",null,[],""]',
    "",
  ].join("\n");
  expect(decodeRows(text)).toEqual([
    { a: 9007199254740991, b: -5, c: [1, "9007199254740993"], d: "7" },
    { a: "9007199254740992", b: null, c: [], d: "" },
  ]);
  expect(decodeRows("")).toEqual([]);
});

describe("statements", () => {
  test("are cut at semicolons that mean it", () => {
    const sql = `
      -- a comment; with a semicolon, and an it's
      CREATE TABLE \`a;b\` (x String DEFAULT 'it''s; \\'fine\\'' COMMENT ';') ENGINE = Memory; /* one; more */
      SELECT "odd;name", $$here; 'doc$$, $tag$ x; $$ $tag$, 7 - 2 -- tail;
      ;;
      SELECT 3`;
    const statements = statementsOf(sql);
    expect(statements).toHaveLength(3);
    expect(createdBy(statements[0] as (typeof statements)[0])).toBe("a;b");
    expect(statements[1]?.bare).toBe(`SELECT "odd;name", $$here; 'doc$$, $tag$ x; $$ $tag$, 7 - 2`);
    expect(statements[2]?.text).toBe("SELECT 3");
  });

  test("texts quoted by the rules never break one up", () => {
    const quoted = fc.string({ unit: fc.constantFrom("'", "\\", ";", "-", "/", "*", "x", "\n", "`", '"', "$") });
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1 }), (texts) => {
        const literals = texts.map((text) => `SELECT '${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
        expect(statementsOf(literals.join(";\n")).map(({ text }) => text)).toEqual(literals);
      }),
    );
  });

  test.each(["SELECT 'open", "/* open", "SELECT `open", "SELECT $a$ open"])("%s is refused", (sql) => {
    expect(() => statementsOf(`SELECT 1;\n${sql}`)).toThrow(/^line 2: .* is never closed$/);
  });

  test.each([
    ["CREATE VIEW findings AS SELECT 1", "findings"],
    ["create or replace table if not exists t (a UInt8)", "t"],
    ["CREATE MATERIALIZED VIEW mv TO t AS SELECT 1", "mv"],
    ["ALTER TABLE t ADD COLUMN x UInt8", undefined],
  ])("%s creates %s", (sql, name) => {
    expect(statementsOf(sql).map(createdBy)).toEqual([name]);
  });
});

test("differences between tables are said in words, printed expressions only within one version", () => {
  const shape = {
    engine: "ReplacingMergeTree",
    "column a": "String",
    "printed engine": "ReplacingMergeTree ORDER BY a",
  };
  const recorded = { engineVersion: "26.7", objects: { t: shape, gone: shape } };
  const found = {
    engineVersion: "26.7",
    objects: {
      t: { engine: "ReplacingMergeTree", "column b": "UInt8", "printed engine": "ReplacingMergeTree  ORDER BY a" },
    },
  };
  const alike = [
    "t: column a: expected String, got none",
    "t: column b: expected none, got UInt8",
    "gone: expected it to exist, got nothing",
  ];
  expect(differences(recorded, { ...found, engineVersion: "27.1" })).toEqual(alike);
  expect(differences(recorded, found)).toEqual([
    alike[0],
    "t: engine: expected ReplacingMergeTree ORDER BY a, got ReplacingMergeTree  ORDER BY a",
    alike[1],
    alike[2],
  ]);
});

describe("the pool", () => {
  test("never lends a client twice at a time, nor one that failed", async () => {
    let opened = 0;
    const closed: number[] = [];
    const pool = createPool({ size: 2, open: async () => ++opened, close: async (client) => void closed.push(client) });
    const busy = new Set<number>();
    const work = (fails: boolean) =>
      pool.use(async (client) => {
        expect(closed).not.toContain(client);
        expect(busy.has(client)).toBe(false);
        expect(busy.add(client).size).toBeLessThanOrEqual(2);
        await new Promise(setImmediate);
        busy.delete(client);
        if (fails) throw new Error("failed");
        return client;
      });
    await Promise.allSettled(Array.from({ length: 40 }, (_, i) => work(i % 5 === 0)));
    expect(closed).toHaveLength(8);
    expect(opened).toBeLessThanOrEqual(10);
    await pool.close();
    expect(new Set(closed).size).toBe(opened);
    await expect(pool.use(async () => 1)).rejects.toThrow("closed");
  });
});

describe("the front's queue", () => {
  test("serves in order of arrival, no more than allowed at a time, and refuses beyond its bound", async () => {
    const queue = createQueue({ parallel: 2, waiting: 3 });
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const job = (id: number) =>
      queue.run(async () => {
        started.push(id);
        await new Promise<void>((done) => finish.push(done));
        return id;
      });
    const jobs = [0, 1, 2, 3, 4].map(job);
    await expect(job(5)).rejects.toMatchObject({ code: 202 });
    expect(started).toEqual([0, 1]);
    const drained = queue.drain();
    await expect(job(6)).rejects.toMatchObject({ code: 236 });
    for (let i = 0; i < 5; i++) {
      finish[i]?.();
      await jobs[i];
      await new Promise(setImmediate);
    }
    expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    await drained;
  });
});

test("statuses follow the code", () => {
  expect([60, 62, 48, 159, 516, 241, undefined].map(httpStatus)).toEqual([404, 400, 501, 408, 403, 500, 500]);
});

test("an INSERT with its rows apart is taken apart", () => {
  const head = (sql: string) => statementsOf(sql).map(insertHead)[0];
  expect(head("INSERT INTO t FORMAT JSONEachRow")).toMatchObject({
    table: "t",
    columns: undefined,
    format: "JSONEachRow",
  });
  expect(head("insert into `db`.`t` (a, `b`) settings async_insert=0 format CSV")).toEqual({
    table: "db.t",
    columns: ["a", "b"],
    format: "CSV",
    settings: true,
  });
  expect(head("INSERT INTO t SELECT 1")).toBeUndefined();
  expect(head("INSERT INTO FUNCTION file('x') FORMAT CSV")).toBeUndefined();
  const format = (sql: string) => formatOf(statementsOf(sql)[0], "TabSeparated");
  expect(format("SELECT ' FORMAT CSV'")).toBe("TabSeparated");
  expect(format("SELECT 1 FORMAT JSON SETTINGS max_threads = 1;")).toBe("JSON");
  expect(format("SELECT 1 -- FORMAT CSV")).toBe("TabSeparated");
});
