import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readSeries } from "../../forecasting/detectors/series-table.ts";
import { type Cells, cellsOf, plainCells } from "../../forecasting/series/cells.ts";
import { readCells, readTable } from "../../forecasting/series/read-csv.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-cells-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string): string => {
  const file = join(folder, "table.csv");
  writeFileSync(file, text);
  return file;
};

const all = (cells: Cells) =>
  Array.from({ length: cells.length }, (_, row) =>
    cells.columns.map((_, column) => {
      const text = cells.text(row, column);
      const number = cells.number(row, column);
      return [text, Number.isNaN(number) && text !== "" ? Number(text) : number];
    }),
  );

const number = fc.oneof(
  fc.integer({ min: 0, max: 1e9 }).map(String),
  fc.double({ min: 0, max: 1e6, noNaN: true }).map(String),
  fc.constantFrom("", " 7", "1e12", "007", "3.50", ".5", "5.", "1.2.3", "-4", "12345678901234567890", "多"),
);

test("a plain table's cells are those the CSV parser finds, whatever they hold", () => {
  const row = fc.tuple(fc.constantFrom("a", "b ", "上海", "x y"), number, number);
  const form = fc.record({ bom: fc.boolean(), end: fc.constantFrom("\n", "\r\n"), last: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), form, (rows, { bom, end, last }) => {
      const lines = ["series, time,count", ...rows.map((cells) => cells.join())];
      const text = `${bom ? "\ufeff" : ""}${lines.join(end)}${last ? end : ""}`;
      const plain = plainCells("file", Buffer.from(text));
      const parsed = cellsOf(readTable(written(text)));
      expect(plain?.columns).toEqual(parsed.columns);
      expect(plain && all(plain)).toEqual(all(parsed));
      for (let i = 1; i < rows.length; i++) {
        for (let c = 0; c < 3; c++) {
          // Blanks around a cell make two of the same text look different, which costs time only.
          if (plain?.same(c, i, i - 1)) expect(parsed.same(c, i, i - 1)).toBe(true);
        }
      }
    }),
  );
});

test("anything but a plain table is left to the CSV parser", () => {
  const others = [
    'a,b\n"1",2\n',
    "a;b\n1;2\n",
    "a,b\n1,2,3\n",
    "a,b\n1\n",
    "a,b\n",
    "a\n1\n",
    "a,a\n1,2\n",
    "a,b\n\n1,2\n",
  ];
  for (const text of others) expect(plainCells("file", Buffer.from(text))).toBeUndefined();
  expect(readCells(written('a,b\n"1,5",2\n')).text(0, 0)).toBe("1,5");
  expect(() => readCells(written("a,b\n1,2,3\n"))).toThrow("not a CSV table");
});

test("series that share their days share them; one that does not has its own", () => {
  const days = ["2024-01-01", "2024-01-02", "2024-01-04"];
  const rows = ["x", "y", "z"].flatMap((s) =>
    days.map((d, i) => `${s},${s === "z" && i === 2 ? "2024-01-03" : d},${i}`),
  );
  const [x, y, z] = readSeries(readCells(written(`series,time,count\n${rows.join("\n")}\n`)), []);
  expect(x?.times).toBe(y?.times);
  expect(Array.from(x?.counts ?? [])).toEqual([0, 1, Number.NaN, 2]);
  expect(Array.from(z?.counts ?? [])).toEqual([0, 1, 2]);
  expect(z?.labels).toEqual(["2024-01-01", "2024-01-02", "2024-01-03"]);
});

test("rows by day or by series, forwards or backwards, are the same series", () => {
  const rows = ["x", "y", "z"].flatMap((s, k) =>
    Array.from({ length: 40 }, (_, d) => ({
      s,
      d: d + k,
      line: `${s},${new Date(86_400_000 * (19_000 + d + k)).toISOString()},${(d * 7) % 5}`,
    })),
  );
  const read = (some: typeof rows) =>
    readSeries(readCells(written(`series,time,count\n${some.map(({ line }) => line).join("\n")}\n`)), []).sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
  const plain = read(rows);
  expect(plain.map(({ counts }) => counts.length)).toEqual([40, 40, 40]);
  expect(read([...rows].sort((a, b) => a.d - b.d))).toEqual(plain);
  expect(read([...rows].reverse())).toEqual(plain);
});

test("a table whose later lines are far shorter than its first is read whole", () => {
  const lines = [`${"a".repeat(70_000)},1`, ...Array.from({ length: 30_000 }, (_, i) => `b,${i}`)];
  const cells = plainCells("file", Buffer.from(`series,count\n${lines.join("\n")}\n`));
  expect(cells?.length).toBe(30_001);
  expect(cells?.number(30_000, 1)).toBe(29_999);
});
