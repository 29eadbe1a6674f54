import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { detectCountry, holidayNames, withHolidays } from "../../forecasting/series/holidays.ts";
import { DAY, isoTime, type Panel } from "../../forecasting/series/panel.ts";
import { parseTime } from "../../forecasting/series/read-csv.ts";
import { readPanel } from "../../forecasting/series/read-panel.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-read-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
function csv(text: string): string {
  const file = join(folder, `${count++}.csv`);
  writeFileSync(file, text);
  return file;
}
const day = (i: number) => new Date(Date.UTC(2023, 0, 1) + i * DAY).toISOString().slice(0, 10);
const days = (n: number, row: (i: number) => string, header: string) =>
  csv([header, ...Array.from({ length: n }, (_, i) => `${day(i)},${row(i)}`)].join("\n"));

describe("columns", () => {
  test("parts of the target, calendar columns and constants are left out with a note; drivers stay", () => {
    const rain = (i: number) => (i * 7919) % 13;
    const web = (i: number) => (i * 104729) % 31;
    const shop = (i: number) => (i * 1299709) % 17;
    const input = days(
      90,
      (i) => `${web(i) + shop(i)},${web(i)},${shop(i)},${rain(i)},${(i + 0) % 7},5,${i + 1}`,
      "date,all,web,shop,rain,dow,one,row",
    );
    const { panel, notes } = readPanel({ input, target: "all" });
    expect(panel.drivers).toEqual([{ name: "rain", kind: "number" }]);
    for (const name of ["web", "shop", "dow", "one", "row"])
      expect(notes.some((note) => note.startsWith(`${name}:`))).toBe(true);
    expect(readPanel({ input, target: "all", known: ["web"] }).panel.drivers[0]?.name).toBe("web");
  });

  test("future rows carry drivers; those without are left out", () => {
    const input = csv(
      `date,y,a,b\n${Array.from({ length: 40 }, (_, i) => `${day(i)},${i < 30 ? i % 9 : ""},${(i * 7) % 11},${i < 30 ? (i * i * i) % 23 : ""}`).join("\n")}`,
    );
    const { panel, notes } = readPanel({ input, target: "y" });
    expect([panel.observed, panel.length]).toEqual([30, 40]);
    expect(panel.drivers.map((d) => d.name)).toEqual(["a"]);
    expect(notes.join()).toContain("b: left out, no values after the last known target");
  });

  test("a short scale becomes thresholds, text becomes flags, a drivers file is joined by time", () => {
    const input = days(40, (i) => `${i % 8},${1 + ((i * 3) % 4)},${i % 3 ? "x" : "z"}`, "date,y,class,kind");
    const drivers = days(45, (i) => `${(i * 17) % 19}`, "date,wind");
    const { panel } = readPanel({ input, target: "y", drivers });
    expect(panel.drivers.map((d) => d.name)).toEqual(["wind"]);
    const without = readPanel({ input, target: "y" }).panel.drivers.map((d) => d.name);
    expect(without).toEqual(
      ["class>=2", "class>=3", "class>=4", "kind=z"].sort((a, b) => without.indexOf(a) - without.indexOf(b)),
    );
  });
});

describe("every input can be wrong", () => {
  const good = (i: number) => `${i % 5}`;
  test.each([
    [
      "missing column",
      () => ({ input: days(20, good, "date,y"), target: "orders" }),
      'expected a column "orders", got date, y',
    ],
    ["missing file", () => ({ input: join(folder, "none.csv"), target: "y" }), "cannot be read"],
    ["empty", () => ({ input: csv("date,y\n"), target: "y" }), "at least one row"],
    [
      "bad date",
      () => ({ input: csv("date,y\n2023-01-01,1\n2023-02-30,2\n"), target: "y", time: "date" }),
      'row 3: expected an ISO date, got "2023-02-30"',
    ],
    ["no dates", () => ({ input: csv("a,y\n1,1\n2,2\n"), target: "y" }), "expected a column of ISO dates"],
    [
      "text",
      () => ({ input: days(20, (i) => (i === 7 ? "many" : "1"), "date,y"), target: "y" }),
      'row 9: y: expected a number, got "many"',
    ],
    [
      "negative",
      () => ({ input: days(20, (i) => (i === 7 ? "-3" : "1"), "date,y"), target: "y" }),
      "row 9: y: expected >= 0, got -3",
    ],
    [
      "repeated",
      () => ({ input: csv("date,y\n2023-01-01,1\n2023-01-02,1\n2023-01-02,1\n2023-01-03,4\n"), target: "y" }),
      "row 4: 2023-01-02 was already given in row 3",
    ],
    [
      "gap",
      () => ({ input: csv("date,y\n2023-01-01,1\n2023-01-02,1\n2023-01-03,1\n2023-01-06,4\n"), target: "y" }),
      "2 moments without a row, first 2023-01-04",
    ],
    [
      "unknown driver",
      () => ({ input: days(20, good, "date,y"), target: "y", known: ["rain"] }),
      "--known rain: no such column",
    ],
  ])("%s", (_, options, message) => {
    expect(() => readPanel(options())).toThrow(message);
  });

  test("gaps may be zero or unknown", () => {
    const input = csv("date,y\n2023-01-01,1\n2023-01-02,1\n2023-01-03,1\n2023-01-06,4\n");
    expect(readPanel({ input, target: "y", gaps: "zero" }).panel.groups[0]?.y[3]).toBe(0);
    expect(readPanel({ input, target: "y", gaps: "unknown" }).panel.groups[0]?.y[3]).toBeNaN();
  });

  test("times with offsets are moments, not texts", () => {
    expect(parseTime("2023-01-01T08:00+08:00")).toBe(Date.UTC(2023, 0, 1));
    expect(parseTime("2023-01-01 06")).toBe(Date.UTC(2023, 0, 1, 6));
    expect(parseTime("yesterday")).toBeNaN();
  });
});

describe("holidays", () => {
  const length = 500;
  const start = Date.UTC(2022, 0, 1);
  const names = holidayNames("BR", undefined, start, start + length * DAY);
  const y = Float64Array.from({ length }, (_, i) => {
    const noise = 1 + 0.05 * Math.sin(i * 1.7);
    return Math.round(100 * noise * (names.has(Math.floor((start + i * DAY) / DAY)) ? 0.4 : 1));
  });
  const panel: Panel = {
    step: DAY,
    start,
    length,
    observed: length,
    drivers: [],
    groups: [{ name: "", y, drivers: [] }],
  };

  test("the country whose holidays show is found, and none in plain data", () => {
    expect(detectCountry(panel, 450)).toBe("BR");
    const plain = { ...panel, groups: [{ name: "", y: y.map((_, i) => 100 + (i % 7)), drivers: [] }] };
    expect(detectCountry(plain, 450)).toBeUndefined();
  });

  test("flags stand on the day, before and after", () => {
    const flagged = withHolidays(panel, names, 450);
    const flag = (name: string) =>
      flagged.groups[0]?.drivers[flagged.drivers.findIndex((d) => d.name === name)] as Float64Array;
    const independence = flag("holiday").findIndex((v, i) => v > 0 && isoTime(panel, i) === "2022-09-07");
    expect(independence).toBeGreaterThan(0);
    expect(flag("day before holiday")[independence - 1]).toBe(1);
    expect(flag("day after holiday")[independence + 1]).toBe(1);
  });
});
