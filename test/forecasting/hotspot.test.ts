import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedAt, expectedHours, LAG_EDGES, laggedExposure, rampsAt } from "../../forecasting/hotspot/lags.ts";
import { fitLevel } from "../../forecasting/hotspot/level.ts";
import { onset, stillToCome } from "../../forecasting/hotspot/onset.ts";
import { LEAST, threshold } from "../../forecasting/hotspot/page-budget.ts";
import { SparseHours } from "../../forecasting/hotspot/sparse-hours.ts";

const entry = fc.record({ hour: fc.integer({ min: 0, max: 400 }), n: fc.integer({ min: 1, max: 9 }) });

describe("hours", () => {
  test("sums and lagged exposures are what counting one by one gives, in whatever order they were added", () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 40 }),
        fc.integer({ min: 200, max: 420 }),
        fc.integer({ min: 1, max: 200 }),
        (list, to, width) => {
          const hours = new SparseHours();
          const from = to - width;
          for (const [i, { hour, n }] of list.entries()) {
            hours.add(hour, n);
            // Asked on the way: nothing that is kept may outlive a late count.
            if (i % 3 === 0) for (const asked of [240, from, to]) rampsAt(hours, asked);
          }
          const plain = list.filter(({ hour }) => hour >= from && hour < to).reduce((sum, { n }) => sum + n, 0);
          expect(hours.sum(from, to)).toBe(plain);
          const lagged = laggedExposure(rampsAt(hours, from), rampsAt(hours, to));
          for (const [j, got] of lagged.entries()) {
            let want = 0;
            for (const { hour, n } of list) {
              for (let at = from; at < to; at++) {
                const lag = at - hour;
                if (lag >= (LAG_EDGES[j] as number) && lag < (LAG_EDGES[j + 1] as number)) want += n;
              }
            }
            expect(got).toBe(want);
          }
          const rates = LAG_EDGES.slice(1).map((edge) => 1 / edge);
          const one = (hour: number) => expectedAt(rates, rampsAt(hours, hour), rampsAt(hours, hour + 1));
          expect([...expectedHours(rates, hours, from, to)]).toEqual(
            Array.from({ length: width }, (_, i) => one(from + i)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("what is forgotten changes nothing later", () => {
    const [all, some] = [new SparseHours(), new SparseHours()];
    for (let hour = 0; hour < 300; hour += 7) for (const one of [all, some]) one.add(hour, 2);
    rampsAt(some, 264);
    some.forget(120);
    const late = (hours: SparseHours) => laggedExposure(rampsAt(hours, 264), rampsAt(hours, 290)).slice(0, 12);
    expect(late(some)).toEqual(late(all));
    expect(some.sum(130, 300)).toBe(all.sum(130, 300));
  });
});

describe("a level", () => {
  test("an outbreak in the past is weighed down", () => {
    const expected = new Float64Array(80).fill(10);
    const calm = Float64Array.from(expected, (_, i) => 8 + (i % 5));
    const outbreak = Float64Array.from(calm, (n, i) => (i >= 60 && i < 66 ? 60 : n));
    expect(fitLevel(calm, expected).ratio).toBeCloseTo(1, 1);
    expect(fitLevel(outbreak, expected).ratio).toBeLessThan(1.15);
  });

  test("unknown days count for nothing", () => {
    const expected = new Float64Array(60).fill(6);
    const half = Float64Array.from(expected, (_, i) => (i % 2 === 0 ? Number.NaN : 6));
    expect(fitLevel(half, expected).ratio).toBeCloseTo(1, 2);
    expect(fitLevel(half, expected).events).toBeLessThan(fitLevel(new Float64Array(60).fill(6), expected).events);
  });
});

describe("a threshold", () => {
  const weeks = (n: number, beyond: number) =>
    Array.from({ length: 8 }, () => Array.from({ length: n }, (_, i) => LEAST + beyond * ((i + 1) / n)));
  test("rises as there are more surprises, as their tail is longer, and as fewer pages are asked for", () => {
    expect(threshold(weeks(40, 1.4), 50, 1)).toBeGreaterThan(threshold(weeks(10, 1.4), 50, 1));
    expect(threshold(weeks(40, 4), 50, 1)).toBeGreaterThan(threshold(weeks(40, 1.4), 50, 1));
    expect(threshold(weeks(40, 1.4), 50, 0.2)).toBeGreaterThan(threshold(weeks(40, 1.4), 50, 1));
  });
  test("one week of a great outbreak does not raise it", () => {
    const calm = weeks(12, 1.4);
    const [first = [], ...rest] = calm;
    expect(threshold([[...first, ...Array.from({ length: 60 }, () => 40)], ...rest], 50, 1)).toBeLessThan(
      threshold(calm, 50, 1) + 2,
    );
  });
});

describe("delays", () => {
  test("the onset is where the excess began", () => {
    expect(onset([1, 2, 1, 6, 8, 7, 1], [2, 2, 2, 2, 2, 2, 2])).toBe(3);
    expect(onset([1, 1], [2, 2])).toBe(-1);
  });
  test("half of what comes within a day is reported: as many are still to come", () => {
    expect(stillToCome([10], [5, 5])).toBeCloseTo(10);
    expect(stillToCome([10, 4], [5, 5])).toBeCloseTo(10);
    expect(stillToCome([3], [])).toBe(0);
  });
});
