import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALWAYS,
  afterWork,
  cumulativeWork,
  localDay,
  type Rhythm,
  rhythmOf,
  workBetween,
} from "../../forecasting/dwell/calendar.ts";
import { workingCalendar } from "../../forecasting/dwell/holidays.ts";

const HOUR = 3_600_000;
const china = workingCalendar("CN", 8);
const WEEKDAYS: Rhythm = { days: [4, 4, 4, 4, 4, 0, 0], opens: 8, closes: 18 };
const cn = (local: string) => Date.parse(`${local}+08:00`);
const hours = (from: string, to: string, rhythm = WEEKDAYS) => workBetween(china, rhythm, cn(from), cn(to)) / HOUR;

describe("working time", () => {
  test("a weekend does not count, and neither does the night", () => {
    expect(hours("2025-11-07T16:00:00", "2025-11-10T09:00:00")).toBe(3);
    expect(hours("2025-11-07T20:00:00", "2025-11-10T07:00:00")).toBe(0);
    expect(hours("2025-11-07T20:00:00", "2025-11-10T07:00:00", ALWAYS)).toBe(59);
  });
  test("a Chinese holiday counts as a Sunday, a make-up day as a working day", () => {
    // National Day 2025: Wednesday 1 October; Sunday 28 September and Saturday 11 October are worked.
    expect(hours("2025-09-30T17:00:00", "2025-10-01T12:00:00")).toBe(1);
    expect(hours("2025-09-28T08:00:00", "2025-09-28T18:00:00")).toBe(10);
    expect(hours("2025-10-11T08:00:00", "2025-10-11T18:00:00")).toBe(10);
    expect(hours("2025-10-12T08:00:00", "2025-10-12T18:00:00")).toBe(0);
  });
  test("after so much work is where so much work has passed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 7, maxLength: 7 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 13, max: 24 }),
        fc.integer({ min: 0, max: 400 * 24 * HOUR }),
        fc.integer({ min: 1, max: 500 * HOUR }),
        (days, opens, closes, later, work) => {
          fc.pre(days.some((day) => day > 0));
          const rhythm = { days, opens, closes };
          const since = cn("2024-01-01T00:00:00") + later;
          const until = afterWork(china, rhythm, since, work);
          // Whole milliseconds of a quarter day are up to four of working time.
          expect(Math.abs(workBetween(china, rhythm, since, until) - work)).toBeLessThan(4);
        },
      ),
      { numRuns: 200 },
    );
  });
  test("the sums the store counts with are the same time", () => {
    const from = localDay(china, cn("2025-09-01T00:00:00"));
    const sums = cumulativeWork(china, WEEKDAYS, from, 60);
    for (const [a, b] of [
      [0, 59],
      [20, 45],
      [27, 28],
    ] as const) {
      const midnight = (day: number) => (from + day) * 24 * HOUR - 8 * HOUR;
      const work = workBetween(china, WEEKDAYS, midnight(a), midnight(b));
      expect(((sums[b] as number) - (sums[a] as number)) / 4).toBe(work / HOUR);
    }
  });
  test("a rhythm nobody works in has no end", () => {
    expect(afterWork(china, { ...ALWAYS, days: [0, 0, 0, 0, 0, 0, 0] }, 0, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

test("a rhythm is read off from when things happen, and few things say nothing", () => {
  const counts = new Float64Array(168);
  for (let day = 0; day < 7; day += 1)
    for (let hour = 9; hour < 18; hour += 1) counts[day * 24 + hour] = [20, 20, 20, 20, 20, 10, 0][day] as number;
  expect(rhythmOf(counts)).toEqual({ days: [4, 4, 4, 4, 4, 2, 0], opens: 9, closes: 18 });
  expect(rhythmOf(counts.map((n) => n / 20))).toEqual(ALWAYS);
});
