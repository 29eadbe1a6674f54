import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { backtest } from "../../forecasting/backtest.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { glmForecaster } from "../../forecasting/models/glm.ts";
import { seasonalMedian } from "../../forecasting/models/naive.ts";
import { knownAt } from "../../forecasting/series/panel.ts";
import { readPanel } from "../../forecasting/series/read-panel.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-issued-"));
afterAll(() => rmSync(folder, { recursive: true }));
const START = Date.UTC(2025, 0, 6);
const DAY = 86_400_000;
const iso = (day: number) => new Date(START + day * DAY).toISOString().slice(0, 10);
const DAYS = 120;

interface Told {
  readonly day: number;
  readonly issued: number;
  readonly rain: number;
}

/** Rain is forecast three days ahead, wrongly, and told as it was on the day after. */
function tell(seed: number): { readonly y: number[]; readonly told: Told[] } {
  const random = seededRandom(seed);
  const rain = Array.from({ length: DAYS }, () => Math.round(100 * Math.max(0, random() - 0.6)) / 10);
  const y = rain.map((mm, i) => Math.round(50 + (i % 7) * 4 + 15 * mm + 6 * random()));
  const told = rain.flatMap((mm, day) => [
    { day, issued: day - 3, rain: Math.round(10 * (mm + random())) / 10 },
    { day, issued: day + 1, rain: mm },
  ]);
  return { y, told };
}

function panelOf(y: readonly number[], told: readonly Told[], chooseAt?: number) {
  const [input, drivers] = [join(folder, "y.csv"), join(folder, "rain.csv")];
  writeFileSync(input, `date,calls\n${y.map((v, i) => `${iso(i)},${v}`).join("\n")}\n`);
  const rows = told.map(({ day, issued, rain }) => `${iso(day)},${iso(issued)},${rain}`);
  writeFileSync(drivers, `date,issued,rain\n${rows.join("\n")}\n`);
  return readPanel({ input, target: "calls", drivers, ...(chooseAt !== undefined && { chooseAt }) }).panel;
}

describe("drivers with their time of issue", () => {
  test("at every moment the last word up to then, and nothing later", () => {
    const { y, told } = tell(1);
    const panel = panelOf(y, told);
    const rain = (origin: number) => knownAt(panel, origin).groups[0]?.drivers[0] as Float64Array;
    const said = (day: number, issued: number) => told.find((t) => t.day === day && t.issued === issued)?.rain;
    expect(rain(60)[59]).toBe(said(59, 60));
    expect(rain(59)[59]).toBe(said(59, 56));
    expect(rain(60)[62]).toBe(said(62, 59));
    // Of what nobody has spoken yet the last known value holds.
    expect(rain(60)[70]).toBe(rain(60)[63]);
  });

  test("a backtest is blind to what was issued after its origin", () => {
    const { y, told } = tell(2);
    const origins = [70, 84, 98];
    const run = (rows: readonly Told[]) => {
      const panel = panelOf(y, rows, START + 70 * DAY);
      return backtest(panel, [glmForecaster(), seasonalMedian(7)], { origins, horizon: 14, step: 14, season: 7 }).rows;
    };
    const honest = run(told);
    fc.assert(
      fc.property(fc.constantFrom(...origins), fc.double({ min: 0, max: 500, noNaN: true }), (origin, lie) => {
        // The last word of day 0 keeps the drivers' table reaching as far as it did.
        const changed = told.map((row) =>
          row.issued > origin ? { ...row, rain: Math.round(lie * 7 * (row.day % 3)) / 10 } : row,
        );
        const until = (rows: typeof honest) => rows.filter((row) => row.origin <= iso(origin));
        expect(until(run(changed))).toEqual(until(honest));
      }),
      { numRuns: 6 },
    );
    const later = told.map((row) => (row.issued > 84 ? { ...row, rain: 50 } : row));
    expect(run(later)).not.toEqual(honest);
  }, 60_000);

  test("an issue time that is none is named", () => {
    const { y } = tell(3);
    const [input, drivers] = [join(folder, "y.csv"), join(folder, "bad.csv")];
    panelOf(y, tell(3).told);
    writeFileSync(drivers, `date,issued,rain\n${iso(0)},soon,1\n`);
    expect(() => readPanel({ input, target: "calls", drivers })).toThrow(
      /bad.csv row 2: issued: expected an ISO date, got "soon"/,
    );
  });
});
