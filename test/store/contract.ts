import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreError } from "../../infra/store/errors.ts";
import { checkSchema, migrate } from "../../infra/store/migrate.ts";
import type { Store } from "../../infra/store/port.ts";
import { orderRow } from "./rows.ts";

export interface Place {
  open(database: string): Promise<Store>;
  stop(): Promise<void>;
}

const silent = { info: () => {} };

/** What a store promises, wherever it runs. */
export function storeContract(name: string, start: () => Promise<Place>): void {
  describe(name, () => {
    let place: Place;
    let store: Store;
    beforeAll(async () => {
      place = await start();
      store = await place.open("contract");
      await store.command(
        `CREATE TABLE kinds (id UInt32, text String, low LowCardinality(String), at DateTime64(3, 'UTC'),
         maybe Nullable(DateTime64(3, 'UTC')), money Decimal(18, 2), f Float64, u UInt64, i Int64, big Array(UInt64),
         list Array(LowCardinality(String)), flag Bool, change Enum8('opened' = 1, 'ended' = 2))
         ENGINE = ReplacingMergeTree ORDER BY id`,
      );
    });
    afterAll(async () => {
      await store?.close();
      await place?.stop();
    });

    test("answers a ping, in the database it was opened for", async () => {
      await store.ping();
      expect(await store.query("SELECT currentDatabase() AS name")).toEqual([{ name: "contract" }]);
    });

    test("every type comes back as it went in", async () => {
      const row = {
        id: 1,
        text: "订单滞留\n\t\"quoted\" 'single' \\ back; -- no comment 😀 \u0000\u0001\u001f\u007f",
        low: "上海",
        at: Date.UTC(2026, 10, 11, 8, 30, 0, 7),
        maybe: null,
        money: 1234567890123.45,
        f: 0.1 + 0.2,
        u: 2n ** 64n - 1n,
        i: -(2n ** 63n),
        big: [1, 2n ** 63n],
        list: ["易碎", ""],
        flag: true,
        change: "ended",
      };
      await store.insert("kinds", [row]);
      const [found] = await store.query("SELECT *, toUnixTimestamp64Milli(at) AS ms FROM kinds WHERE id = 1");
      expect(found).toEqual({
        ...row,
        at: "2026-11-11 08:30:00.007",
        ms: row.at,
        u: "18446744073709551615",
        i: "-9223372036854775808",
        big: [1, "9223372036854775808"],
      });
    });

    test("any text survives, as a row and as a parameter", async () => {
      let id = 1000;
      const text = fc.oneof(
        fc.string({ unit: "binary", maxLength: 40 }).filter((s) => Buffer.from(s).toString() === s),
        fc.string({
          unit: fc.constantFrom("'", "\\", "\n", "\t", "{x:String}", "--", "\u0000", "中", "N", "/*", "`", ";"),
        }),
      );
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          id++;
          await store.insert("kinds", [{ id, text: value, list: [value] }]);
          const sql =
            "SELECT text, {value:String} AS param, {list:Array(String)} AS list FROM kinds WHERE text = {value:String} AND id = {id:UInt32}";
          expect(await store.query(sql, { value, id, list: [value, value] })).toEqual([
            { text: value, param: value, list: [value, value] },
          ]);
        }),
        { numRuns: 60 },
      );
    });

    test.each([0, 5, 1234, 2000, 86_400_000, -5, 1_700_000_000_123, 4_102_444_800_000])(
      "%i ms is that instant, as a row and as a parameter",
      async (ms) => {
        await store.insert("kinds", [{ id: 2, at: ms }]);
        const [row] = await store.query(
          "SELECT toUnixTimestamp64Milli(at) AS ms, at = {at:DateTime64(3, 'UTC')} AS same FROM kinds FINAL WHERE id = 2",
          { at: ms < 0 ? "1969-12-31 23:59:59.995" : new Date(ms) },
        );
        expect(row).toEqual({ ms, same: 1 });
      },
    );

    test("parameters of every kind", async () => {
      const params = { n: 2n ** 64n - 1n, list: [1, 2, 3], none: null, yes: true, at: new Date(1_700_000_000_123) };
      const sql =
        "SELECT {n:UInt64} AS n, {list:Array(UInt32)} AS list, {none:Nullable(String)} AS none, {yes:Bool} AS yes, {at:DateTime64(3, 'UTC')} AS at";
      expect(await store.query(sql, params)).toEqual([
        { n: "18446744073709551615", list: [1, 2, 3], none: null, yes: true, at: "2023-11-14 22:13:20.123" },
      ]);
      await expect(store.query("SELECT {n:String}", { n: undefined })).rejects.toThrow("parameter n: expected a value");
      const many = Array.from({ length: 20_000 }, (_, i) => `order-${i}`);
      expect(await store.query("SELECT length({many:Array(String)}) AS n", { many })).toEqual([{ n: 20_000 }]);
    });

    test.each([
      ["an unknown table", "SELECT * FROM nowhere", 60],
      ["wrong syntax", "SELEC 1", 62],
      ["an unknown column", "SELECT nothing FROM kinds", 47],
      ["a missing parameter", "SELECT {x:String}", 456],
      ["a function that throws", "SELECT throwIf(number = 2) FROM numbers(3)", 395],
    ])("%s is a permanent error with ClickHouse's code", async (_, sql, code) => {
      const error = await store.query(sql).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code, fate: "permanent" });
      expect((error as StoreError).cause).toBeInstanceOf(Error);
    });

    test("a statement that failed half-way leaves nothing to the next", async () => {
      for (let i = 0; i < 5; i++) {
        await expect(
          store.query("SELECT number, throwIf(number = 70000) AS late FROM numbers(80000)"),
        ).rejects.toThrow();
        const after = Array.from({ length: 4 }, () => store.query("SELECT 1 AS one"));
        expect(await Promise.all(after)).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
      }
    });

    test("a row that does not fit is refused, and says so", async () => {
      await expect(store.insert("kinds", [{ id: 3, colour: "red" }])).rejects.toMatchObject({
        code: 117,
        table: "kinds",
      });
      await expect(store.insert("kinds", [{ id: 3, low: null }])).rejects.toMatchObject({
        fate: "permanent",
        table: "kinds",
      });
      await expect(store.insert("kinds", [{ id: 3, f: Number.NaN }])).rejects.toThrow(
        "row 0: expected finite numbers, got f = NaN",
      );
      await expect(store.insert("kinds; DROP TABLE kinds", [{ id: 3 }])).rejects.toThrow("expected a table name");
      await expect(store.insert("nowhere", [{ id: 3 }])).rejects.toMatchObject({ code: 60 });
      await store.insert("kinds", []);
      expect(await store.query("SELECT * FROM kinds WHERE id = 3")).toEqual([]);
    });

    test("a setting of one statement does not outlive it", async () => {
      await store.query("SELECT 1 SETTINGS max_block_size = 77");
      const [row] = await store.query<{ size: string }>("SELECT getSetting('max_block_size') AS size");
      expect(Number(row?.size)).not.toBe(77);
    });

    test("many at once", async () => {
      const writes = Array.from({ length: 20 }, (_, i) => store.insert("kinds", [{ id: 500 + i, text: `t${i}` }]));
      const reads = Array.from({ length: 20 }, (_, i) => store.query("SELECT {i:UInt32} AS i", { i }));
      await Promise.all(writes);
      expect(await Promise.all(reads)).toEqual(Array.from({ length: 20 }, (_, i) => [{ i }]));
      const sql = "SELECT id, text FROM kinds FINAL WHERE id BETWEEN 500 AND 519 ORDER BY id";
      expect(await store.query(sql)).toEqual(Array.from({ length: 20 }, (_, i) => ({ id: 500 + i, text: `t${i}` })));
    });

    describe("with the schema", () => {
      let tocsin: Store;
      beforeAll(async () => {
        tocsin = await place.open("tocsin");
        expect(await migrate(tocsin, { log: silent })).toMatchObject({ applied: expect.arrayContaining([1]) });
      });
      afterAll(() => tocsin.close());

      test("migrating again does nothing, and the schema checks", async () => {
        const { version } = await checkSchema(tocsin);
        expect(await migrate(tocsin, { log: silent })).toEqual({ applied: [], version });
      });

      test("two that migrate at once both arrive", async () => {
        const [one, two] = await Promise.all([place.open("race"), place.open("race")]);
        const both = await Promise.all([migrate(one, { log: silent }), migrate(two, { log: silent })]);
        const { version } = await checkSchema(one);
        expect(both.map((each) => each.version)).toEqual([version, version]);
        await one.close();
        await two.close();
      });

      test("a row written again is one row, and the lowest offset wins whatever the order", async () => {
        const first = orderRow({ offset: 10, known_at: 1_000 });
        const repeat = orderRow({ offset: 99, known_at: 9_000 });
        await tocsin.insert("order_events", [repeat]);
        await tocsin.insert("order_events", [first, first]);
        await tocsin.insert("order_events", [repeat]);
        await tocsin.insert("order_events", [first]);
        const sql = "SELECT offset, toUnixTimestamp64Milli(known_at) AS known, value, traits FROM order_events FINAL";
        const one = [{ offset: 10, known: 1_000, value: 12.34, traits: ["perishable", "fragile"] }];
        expect(await tocsin.query(sql)).toEqual(one);
        await tocsin.command("OPTIMIZE TABLE order_events FINAL");
        expect(await tocsin.query(sql.replace("FINAL", ""))).toEqual(one);
        expect(await tocsin.query("SELECT order_id, promised_by, last_kind FROM orders")).toEqual([
          { order_id: "o-1", promised_by: null, last_kind: "placed" },
        ]);
      });

      test("events of a hundred and fifty years in one insert", async () => {
        const rows = Array.from({ length: 150 }, (_, i) =>
          orderRow({ order_id: "years", event_id: `y${i}`, at: Date.UTC(1970 + i, 5, 1) }),
        );
        await tocsin.insert("order_events", rows);
        const sql = "SELECT uniqExact(toYear(at)) AS years FROM order_events WHERE order_id = 'years'";
        expect(await tocsin.query(sql)).toEqual([{ years: 150 }]);
      });

      test("a big insert arrives whole, and twice is once", async () => {
        const extra = "长".repeat(100);
        const rows = Array.from({ length: 20_000 }, (_, i) =>
          orderRow({ order_id: `big-${i % 7}`, event_id: `big-${i}`, extra, offset: i }),
        );
        await tocsin.insert("order_events", rows);
        await tocsin.insert("order_events", rows);
        const sql =
          "SELECT count() AS n, uniqExact(event_id) AS ids, sum(offset) AS offsets, any(lengthUTF8(extra)) AS length FROM order_events FINAL WHERE startsWith(order_id, 'big-')";
        expect(await tocsin.query(sql)).toEqual([
          { n: 20_000, ids: 20_000, offsets: (19_999 * 20_000) / 2, length: 100 },
        ]);
      });
    });
  });
}
