import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { detect, detectedCsv } from "../../forecasting/cli/detect.ts";
import { readSeries, type TableSeries } from "../../forecasting/detectors/series-table.ts";
import { NotInOneGo, streamSeries } from "../../forecasting/detectors/stream-table.ts";
import { type PlainTable, plainCells, plainTable } from "../../forecasting/series/cells.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-stream-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tableOf = (text: string): PlainTable => plainTable("file", Buffer.from(text)) as PlainTable;
const whole = (text: string, extra: string[]): TableSeries[] => {
  const cells = plainCells("file", Buffer.from(text));
  if (!cells) throw new Error("not plain");
  return readSeries(cells, extra);
};

const day = (d: number): string => new Date(Date.UTC(2024, 0, 1 + d)).toISOString().slice(0, 10);
const value = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("0", "3", "12", "4.5", "") },
  { weight: 1, arbitrary: fc.constantFrom("NA", " 7", "1e3", "0000000000000007") },
);
/** Days of a series: most often those of others, sometimes with a gap, later, shorter or backwards. */
const days = fc.constantFrom(
  [0, 1, 2, 3],
  [0, 1, 2, 3],
  [0, 1, 2, 3],
  [0, 1, 3],
  [1, 2, 3, 4],
  [0, 1, 2],
  [0, 1, 2, 3, 4],
  [3, 1, 0],
);
const columns = fc.shuffledSubarray(["series", "time", "count", "exposure", "note"], { minLength: 5 });

test("series read on the way are those of the table read whole, wherever blocks end", () => {
  const one = fc.record({ days, values: fc.array(value, { minLength: 10, maxLength: 10 }) });
  const form = fc.record({
    end: fc.constantFrom("\n", "\r\n"),
    last: fc.boolean(),
    block: fc.integer({ min: 1, max: 400 }),
  });
  let shared = 0;
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), columns, form, (all, header, { end, last, block }) => {
      const rows = all.flatMap((s, k) =>
        s.days.map((d, i) => {
          const cells = {
            series: `s${k % 2}${k}`,
            time: day(d),
            count: s.values[i],
            exposure: s.values[9 - i],
            note: `n ${i}`,
          };
          return header.map((name) => cells[name as keyof typeof cells]).join();
        }),
      );
      const text = `${header.join()}${end}${rows.join(end)}${last ? end : ""}`;
      const expected = whole(text, ["exposure", "completeness"]);
      const found = [...streamSeries(tableOf(text), ["exposure", "completeness"], block)];
      expect(found).toEqual(expected);
      for (let k = 1; k < found.length; k++) if (found[k]?.times === found[k - 1]?.times) shared++;
    }),
    { numRuns: 300 },
  );
  expect(shared).toBeGreaterThan(100);
});

test("a table no one can read on the way is refused, never read wrongly", () => {
  const rows = (name: string, from = 0) => [0, 1, 2].map((d) => `${name},${day(d + from)},${d}`);
  const wrong = {
    "a series that comes again": [...rows("a"), ...rows("b"), ...rows("a", 3)],
    "rows by day": rows("a").flatMap((row, d) => [row, rows("b")[d] as string]),
    "a longer row": [...rows("a"), ...rows("b"), "c,2024-01-01,1,2"],
    "a shorter row": [...rows("a"), "b,2024-01-01,1", "b,2024-01-02"],
    "an empty row": [...rows("a"), "", ...rows("b")],
    "a day twice": [...rows("a"), ...rows("b"), "b,2024-01-03,4", ...rows("c")],
    "no number": [...rows("a"), "b,2024-01-01,x"],
    "a negative count": [...rows("a"), "b,2024-01-01,1", "b,2024-01-02,-1", "b,2024-01-03,1"],
    "a count no one can count": [...rows("a"), "b,2024-01-01,123456789012345678"],
    "no time": [...rows("a"), "b,yesterday,1"],
  };
  for (const [name, lines] of Object.entries(wrong)) {
    for (const block of [1, 60, 1 << 19]) {
      const table = tableOf(`series,time,count\n${lines.join("\n")}\n`);
      expect(() => [...streamSeries(table, [], block)], `${name}, block ${block}`).toThrow(NotInOneGo);
    }
  }
  const late = [
    "series,time,count,completeness",
    ...rows("a").map((r) => `${r},1`),
    ...rows("b").map((r) => `${r},1.5`),
  ];
  expect(() => [...streamSeries(tableOf(late.join("\n")), ["completeness"])]).toThrow(NotInOneGo);
});

test("a large file says the same, whether it can be judged on the way or not", async () => {
  // Long names make it large.
  const name = (k: number): string => `${k}`.padEnd(7000, "n");
  const rows = Array.from({ length: 40 }, (_, k) =>
    Array.from({ length: 80 }, (_, d) => ({
      k,
      d,
      line: `${name(k)},${day(d)},${((d * 7) % 5) + (d === 79 && k === 3 ? 30 : 0)}`,
    })),
  ).flat();
  const judge = async (some: readonly string[]) => {
    const input = join(folder, "large.csv");
    writeFileSync(input, `series,time,count\n${some.join("\n")}\n`);
    return detectedCsv(await detect({ method: "tocsin", input, from: day(78) }));
  };
  const lines = rows.map(({ line }) => line);
  const found = await judge(lines);
  const alarms = found.split("\n").filter((line) => line.endsWith(",1"));
  expect(alarms.map((line) => Number.parseInt(line, 10))).toEqual([3]);
  const scattered = await judge([...rows].sort((a, b) => a.d - b.d).map(({ line }) => line));
  expect(scattered).toBe(found);
  await expect(judge([...lines, `${name(99)},2024-01-01,many`])).rejects.toThrow(
    'row 3202, count: expected a number or nothing, got "many"',
  );
});
