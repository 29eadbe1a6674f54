import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Judgement, judge } from "../../processors/hotspot/judge.ts";
import type { CountRow } from "../../processors/hotspot/measures.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { buildSeries, keyOf } from "../../processors/hotspot/series.ts";

const HOUR = 3_600_000;
const WEEK = 168;
const policy = hotspotPolicy.parse({ exposure: "1d" });
/** Cities lie in provinces, provinces in the country that is watched. */
const ABOVE: Record<string, string> = { wuhan: "hubei", yichang: "hubei", hubei: "china" };
const above = (region: string) => ABOVE[region];

describe("series", () => {
  const rows = fc.array(
    fc.record({
      measure: fc.constantFrom("complaints", "stalls", "orders"),
      dimension: fc.constantFrom("region", "hub"),
      value: fc.constantFrom("wuhan", "yichang", "hubei", "elsewhere"),
      type: fc.constantFrom("", "slow", "rude"),
      hour: fc.integer({ min: 90, max: 135 }),
      delay: fc.constantFrom(0, 0, 1, 1, 2, 20),
      n: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 30 },
  );
  const told = rows.map((list) => list.map(({ delay, ...row }) => ({ ...row, known: row.hour + delay }) as CountRow));

  /** Whether a row counts for a value: it is it, or lies within it. */
  const within = (row: CountRow, value: string): boolean => {
    for (let at: string | undefined = row.value; at !== undefined; at = above(at)) {
      if (at === value) return true;
      if (row.dimension !== "region") return false;
    }
    return false;
  };

  test("are what counting the rows one by one gives, as known at any hour", () => {
    const span = fc.tuple(fc.integer({ min: 100, max: 130 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(told, span, fc.constantFrom(0, 0, 1, 2, 9, 30), (list, [from, length], after) => {
        const to = Math.min(from + length, 130);
        const asOf = to + after;
        const series = buildSeries(list, 100, 130, above);
        for (const one of series.values()) {
          const plain = list
            .filter((row) => row.measure === one.measure && row.dimension === one.dimension)
            .filter((row) => within(row, one.value) && (one.type === "" || row.type === one.type))
            .filter((row) => row.hour >= from && row.hour < to && row.known < asOf)
            .reduce((sum, row) => sum + row.n, 0);
          expect(one.sum(from, to, asOf)).toBe(plain);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("exist for every region above, and for the type and all types together", () => {
    const row = {
      measure: "complaints",
      dimension: "region",
      value: "wuhan",
      type: "slow",
      hour: 100,
      known: 100,
      n: 1,
    };
    const names = ["wuhan", "hubei", "china"].flatMap((value) => ["", "slow"].map((type) => [value, type]));
    const keys = names.map(([value = "", type = ""]) => keyOf("complaints", "region", value, type));
    expect([...buildSeries([row as CountRow], 90, 110, above).keys()].sort()).toEqual(keys.sort());
    const hub = buildSeries([{ ...row, dimension: "hub", type: "" } as CountRow], 90, 110, above);
    expect([...hub.keys()]).toEqual([keyOf("complaints", "hub", "wuhan", "")]);
  });
});

/** Five weeks of stalls at a hub and of parcels that arrived there; the last day as the test says. */
function weeks(options: { stalls: number; orders: number; lastStalls: number; lastOrders: number; tick?: number }) {
  const tick = options.tick ?? 6 * WEEK;
  const rows: CountRow[] = [];
  for (let hour = tick - 5 * WEEK; hour < tick; hour += 1) {
    const last = hour >= tick - 24;
    const base = { dimension: "hub", value: "H", type: "", hour, known: hour } as const;
    rows.push({ ...base, measure: "stalls", n: last ? options.lastStalls : options.stalls });
    rows.push({ ...base, measure: "orders", n: last ? options.lastOrders : options.orders });
  }
  const used = rows.filter(({ n }) => n > 0);
  return buildSeries(used, tick - 5 * WEEK, tick, above);
}
const T = 6 * WEEK;
const of = (judgements: Judgement[], window: number) => judgements.find((judgement) => judgement.window === window);
const alarms = (all: ReturnType<typeof weeks>, more: object = {}, since = 0) =>
  judge(all, T, since, { ...policy, ...more }).filter(({ alarm }) => alarm);

describe("a window is judged by the same hours of the weeks before it", () => {
  test("five times the volume with five times the orders is a promotion", () => {
    const promotion = weeks({ stalls: 4, orders: 400, lastStalls: 20, lastOrders: 2000 });
    expect(alarms(promotion)).toEqual([]);
    expect(of(judge(promotion, T, 0, policy), 24)).toMatchObject({ observed: 480, alarm: false });
    expect(of(judge(promotion, T, 0, policy), 24)?.expected).toBeCloseTo(480, -1);
  });

  test("the rate doubled is a hotspot, at any volume", () => {
    expect(alarms(weeks({ stalls: 4, orders: 400, lastStalls: 9, lastOrders: 400 })).length).toBeGreaterThan(0);
    expect(alarms(weeks({ stalls: 4, orders: 400, lastStalls: 45, lastOrders: 2000 })).length).toBeGreaterThan(0);
  });

  test("the rate as ever is none, nor is a rate below the ratio that was asked for", () => {
    expect(alarms(weeks({ stalls: 4, orders: 400, lastStalls: 4, lastOrders: 400 }))).toEqual([]);
    const half = weeks({ stalls: 40, orders: 400, lastStalls: 60, lastOrders: 400 });
    expect(alarms(half)).toEqual([]);
    expect(alarms(half, { minRatio: 1.2 }).length).toBeGreaterThan(0);
  });

  test("fewer than the least count never alarm, however unusual", () => {
    const quiet = { stalls: 0, orders: 400, lastStalls: 0, lastOrders: 400 };
    const all = weeks(quiet);
    const few = (n: number) =>
      new Map([
        ...all,
        ...buildSeries(
          [{ measure: "stalls", dimension: "hub", value: "H", type: "", hour: T - 1, known: T - 1, n }],
          T - 5 * WEEK,
          T,
          above,
        ),
      ]);
    expect(alarms(few(7))).toEqual([]);
    expect(alarms(few(8)).length).toBe(2);
  });

  test("windows with nothing in them are not judged, nor are the orders themselves", () => {
    expect(judge(weeks({ stalls: 1, orders: 400, lastStalls: 0, lastOrders: 900 }), T, 0, policy)).toEqual([]);
  });

  test("weeks before the first known hour are no evidence of calm", () => {
    const all = weeks({ stalls: 4, orders: 400, lastStalls: 4, lastOrders: 400 });
    const [fully] = [of(judge(all, T, T - 5 * WEEK, policy), 24)];
    for (const known of [1, 2, 3, 4]) {
      const judged = of(judge(all, T, T - known * WEEK - 24, policy), 24);
      expect(judged?.expected).toBeCloseTo(fully?.expected ?? 0, -1);
    }
    // One hour short of a week and a window: nothing to compare with, so nothing is said.
    expect(of(judge(all, T, T - WEEK - 23, policy), 24)).toBeUndefined();
    expect(of(judge(all, T, T - WEEK - 23, policy), 6)).toBeDefined();
  });

  test("fewer weeks are less evidence: what alarms after four may not after one", () => {
    const all = weeks({ stalls: 1, orders: 400, lastStalls: 2.5, lastOrders: 400 });
    const p = [1, 2, 3, 4].map((n) => of(judge(all, T, T - n * WEEK - 24, policy), 24)?.pValue ?? 0);
    for (let i = 1; i < p.length; i += 1) expect(p[i]).toBeLessThan(p[i - 1] as number);
  });

  test("what was told after the hour of judgement is not seen", () => {
    const row = { measure: "stalls", dimension: "hub", value: "H", type: "", hour: T - 3, n: 50 } as const;
    const all = (known: number) => buildSeries([{ ...row, known }], T - 5 * WEEK, T + 10, above);
    expect(judge(all(T), T, 0, policy)).toEqual([]);
    expect(judge(all(T - 1), T, 0, policy).map(({ observed }) => observed)).toEqual([50, 50]);
    expect(judge(all(T), T + 1, 0, policy).map(({ observed }) => observed)).toEqual([50, 50]);
  });
});

describe("a policy", () => {
  test.each(["90m", "30m", "0h", "3601s"])("refuses a window of %s: counts are kept by the hour", (window) => {
    expect(hotspotPolicy.safeParse({ windows: [window] }).success).toBe(false);
  });
  test.each(["90m", "0d"])("refuses an exposure of %s", (exposure) => {
    expect(hotspotPolicy.safeParse({ exposure }).success).toBe(false);
  });
  test("takes whole hours however they are written", () => {
    expect(hotspotPolicy.parse({ windows: ["120m", "1d"] }).windows).toEqual([2 * HOUR, 24 * HOUR]);
  });
});
