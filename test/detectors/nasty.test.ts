import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type DetectOptions, detect, explain } from "../../forecasting/cli/detect.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-nasty-"));
afterAll(() => rmSync(folder, { recursive: true }));

const day = (i: number) => new Date(Date.UTC(2023, 0, 1 + i)).toISOString().slice(0, 10);
const usual = (i: number) => 20 + ((i * 7919) % 11);
const days = (n: number, row: (i: number) => string | number, separator = ",") =>
  Array.from({ length: n }, (_, i) => `${day(i)}${separator}${row(i)}`);
const table = (rows: readonly string[], header = "time,count", end = "\n") => `${[header, ...rows].join(end)}${end}`;

const run = async (text: string, more: Partial<DetectOptions> = {}) => {
  const input = join(folder, "nasty.csv");
  writeFileSync(input, text);
  const found = await detect({ method: "tocsin", input, ...more });
  return { ...found, points: "series" in found ? found.series.flatMap(({ points }) => points) : [] };
};
const refusal = (text: string, more: Partial<DetectOptions> = {}) => run(text, more).then(String, explain);

test.each([
  ["", "expected a header and at least one row, got none"],
  ["time,count", "expected a header and at least one row, got none"],
  ["time,count\n", "expected a header and at least one row, got none"],
  [table(["2023-01-01,-3"]), "expected counts >= 0, got -3 at 2023-01-01"],
  [table(["2023-01-01,Infinity"]), 'row 2, count: expected a number or nothing, got "Infinity"'],
  [table([...days(9, usual), "2023-02-01,1e300"]), "expected counts >= 0 and up to 9007199254740991, got 1e+300"],
  [table([...days(9, usual), `${day(3)},4`]), "two rows for 2023-01-04"],
  [table([...days(9, usual), "20230104,4"]), "two rows for 20230104"],
  [table(["1,4", ...days(9, usual)]), 'series "all": expected numbers or dates as times, got both: 1 and 2023-01-01'],
  [table(["20230228,4", "20230230,4"]), "expected numbers or dates as times, got both: 20230228 and 20230230"],
  [table(["2023/01/01,4"]), 'row 2: expected a number or an ISO date as time, got "2023/01/01"'],
  [table(["2023-01-01,4"], "when,count"), "expected a column time, got when, count"],
  [table(["2023-01-01,4,-5"], "time,count,exposure"), "expected exposure >= 0, got -5 at 2023-01-01"],
  [table(["2023-01-01,4,2"], "time,count,completeness"), "expected completeness from 0 to 1, got 2"],
])("a table that is none is refused with what was expected: %j", async (text, message) => {
  expect(await refusal(text)).toContain(message);
});

test.each([
  ['{"alpha":"x"}', "expected number, received string"],
  ['{"alpha":2}', "expected number to be <1"],
  ['{"freq":0}', "at freq"],
  ['{"drivers":"promotion"}', "expected array, received string"],
  ['{"drivers":["promotion"]}', "expected a column promotion"],
  ['{"seasonality":[{"period":7.5,"levels":true}]}', "levels: expected a whole period"],
  ['{"outbreaks":{"lengths":[],"lengthPriors":[],"heights":[]}}', "expected rising whole lengths"],
  ["[", "expected a JSON object"],
])("options that are none are refused: %s", async (options, message) => {
  expect(await refusal(table(days(30, usual)), { options })).toContain(message);
});

test("the same series in other clothes is the same series", async () => {
  const plain = (await run(table(days(60, usual)))).points;
  const same = [
    table(days(60, usual).reverse()),
    table(days(60, usual), "\ufefftime,count", "\r\n"),
    table(days(60, usual, ";"), "time;count"),
    table(days(60, usual), "日期,数量"),
    table(
      days(60, (i) => `${usual(i)},x`),
      "time,count,note",
    ),
  ];
  for (const text of same) expect((await run(text)).points).toEqual(plain);
  expect(plain.some(({ pvalue }) => pvalue > 0)).toBe(true);
});

test("days are days, whether written as dates or as what clocks count", async () => {
  const weekend = (i: number) => usual(i) + (i % 7 < 2 ? 30 : 0);
  const dated = await run(table(days(200, weekend)));
  const written = (form: (ms: number) => string | number) =>
    run(table(Array.from({ length: 200 }, (_, i) => `${form(Date.UTC(2023, 0, 1 + i))},${weekend(i)}`)));
  const bare = ({ points }: typeof dated) => points.map(({ time: _, ...rest }) => rest);
  expect(dated.points.at(-1)?.expected).toBeLessThan(30);
  for (const form of [
    (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll("-", ""),
    (ms: number) => new Date(ms).toISOString(),
    (ms: number) => ms,
    (ms: number) => ms / 1000,
  ]) {
    expect(bare(await written(form))).toEqual(bare(dated));
  }
  const compact = await run(table(days(200, weekend)).replaceAll("-", ""), { from: "20230701" });
  expect(compact.points.map(({ time }) => time).slice(0, 2)).toEqual(["20230701", "20230702"]);
});

test("what cannot be judged is not, and alarms nowhere", async () => {
  const one = await run(table(["2023-01-01,4"]));
  expect(one.points).toMatchObject([{ count: 4, pvalue: Number.NaN, alarm: false }]);
  const late = await run(table(days(60, usual)), { from: "2030-01-01" });
  expect([late.points, late.notes]).toEqual([[], ["nothing is judged: every series ends before --from"]]);
  const idle = await run(
    table(
      days(60, (i) => `${usual(i)},0`),
      "time,count,exposure",
    ),
  );
  expect(idle.points.every(({ pvalue, alarm }) => Number.isNaN(pvalue) && !alarm)).toBe(true);
});

test.each([
  ["nothing at all", () => 0],
  ["a constant", () => 7],
  ["halves", (i: number) => usual(i) + 0.5],
  ["every fifth day unknown", (i: number) => (i % 5 === 2 ? "" : usual(i))],
])("%s is judged and is no outbreak", async (_, y) => {
  const { points } = await run(table(days(150, y)));
  const judged = points.slice(60).filter(({ count }) => !Number.isNaN(count));
  expect(judged.every(({ pvalue, upper }) => pvalue > 0 && pvalue <= 1 && Number.isFinite(upper))).toBe(true);
  expect(judged.filter(({ alarm }) => alarm).length).toBeLessThanOrEqual(1);
  const mean = judged.reduce((sum, { count }) => sum + count, 0) / judged.length;
  expect(Math.abs((points.at(-1)?.expected ?? -1) - mean)).toBeLessThan(0.05 * mean + 0.05);
});

test("one count of a thousand billion is an alarm and forgotten after the longest outbreak looked for", async () => {
  const text = table(days(120, (i) => (i === 100 ? 1e12 : usual(i))));
  const { points } = await run(text, { from: day(95) });
  const at = (i: number) => points.find(({ time }) => time === day(i));
  expect(at(100)?.alarm).toBe(true);
  expect(at(99)?.alarm).toBe(false);
  for (let i = 100; i < 120; i++) expect(at(i)?.expected).toBeLessThan(40);
  for (let i = 108; i < 120; i++) expect(at(i)?.alarm).toBe(false);
});

test("places without coordinates, cases or room are said", async () => {
  const head = "time,region,count,lat,lon,population";
  const scan = (rows: string[], header = head) => refusal(table(rows, header), { method: "scan.prospective" });
  expect(await scan(["1,a,3,10"], "time,region,count,population")).toContain(
    "expected columns lat and lon, or x and y",
  );
  expect(await scan(["1,a,3,300,2,5"])).toContain("expected lat from -90 to 90, got 300");
  expect(await scan(["1,a,3.5,30,2,5"])).toContain("expected whole numbers >= 0, got 3.5");
  expect(await scan(["1,a,1e12,30,2,5"])).toContain("expected 10000000 at most in all, got 1000000000000");
  const zeros = await run(table(["1,a,0,30,2,5", "1,b,0,31,2,5"], head), { method: "scan.prospective" });
  expect("clusters" in zeros && zeros.clusters).toEqual([]);
});
