import { describe, expect, test } from "vitest";
import { negativeBinomialCount, poissonCount } from "../../forecasting/detectors/tocsin/sampling.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import type { Judgement } from "../../processors/hotspot/judge.ts";
import type { EventRow, ExposureRow } from "../../processors/hotspot/measures.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { type Kept, Watch } from "../../processors/hotspot/watch.ts";

const HOUR_MS = 3_600_000;
const START = 24 * 7 * 2900;

interface World {
  readonly seed: number;
  readonly weeks: number;
  readonly regions: readonly string[];
  /** Orders an hour in a region. */
  orders(region: string, hour: number): number;
  /** Complaints an order leads to, 72 hours later on average. */
  rate(region: string, hour: number): number;
  /** Variance over mean of the complaints of a day. */
  readonly phi?: number;
  /** Hours that nothing was heard of. */
  readonly silent?: (hour: number) => boolean;
}

/** Lives a world hour by hour; what was judged, and the thresholds in force. */
function live(world: World, policy: ReturnType<typeof hotspotPolicy.parse>, from = 0) {
  const random = seededRandom(world.seed);
  const watch = new Watch(policy, () => undefined);
  const due = new Map<number, EventRow[]>();
  const alarms: Judgement[] = [];
  let kept: Kept | undefined;
  const phi = world.phi ?? 1;
  for (let h = 0; h < world.weeks * 168; h++) {
    const hour = START + h;
    const exposures: ExposureRow[] = [];
    for (const region of world.regions) {
      const n = poissonCount(random, world.orders(region, h));
      const mean = n * world.rate(region, h);
      const count =
        mean > 0 ? negativeBinomialCount(random, mean, phi > 1 ? mean / (phi - 1) : Number.POSITIVE_INFINITY) : 0;
      for (let i = 0; i < count; i++) {
        const lag = 24 + Math.floor(random() * 96);
        const row = {
          measure: "complaints",
          type: "",
          region,
          hub: "",
          stalled: "",
          carrier: "",
          merchant: "",
          category: "",
        } as const;
        const at = hour + lag;
        due.set(at, [...(due.get(at) ?? []), { ...row, hour: at, known: at, lag, pickedLag: -1, n: 1 }]);
      }
      if (n > 0) exposures.push({ exposure: "placed", dimension: "region", value: region, hour, known: hour, n });
    }
    const heard = !world.silent?.(h);
    watch.take(heard ? (due.get(hour) ?? []) : [], heard ? exposures : []);
    due.delete(hour);
    watch.turn(hour + 1, START, true);
    if (h >= from) alarms.push(...watch.judge(hour + 1, START, new Set(), false).filter(({ alarm }) => alarm));
    kept = watch.keep();
  }
  return { alarms, kept: kept as Kept };
}

const regions = Array.from({ length: 12 }, (_, i) => `R${i}`);
const week = (h: number) => Math.floor(h / 168);
/** Chance alone would alarm once in twenty weeks: what these short worlds show is no chance. */
const policy = hotspotPolicy.parse({ falsePagesPerWeek: 0.05 });
/** Alarms as incidents: of one region with less than a day between them. */
function episodes(alarms: readonly Judgement[]): number {
  const last = new Map<string, number>();
  let n = 0;
  for (const { value, tick } of alarms) {
    if (tick - (last.get(value) ?? Number.NEGATIVE_INFINITY) > 24) n += 1;
    last.set(value, tick);
  }
  return n;
}

describe("the budget of false pages", () => {
  const many = Array.from({ length: 25 }, (_, i) => `R${i}`);
  const calm = (phi: number): World => ({
    seed: 11,
    weeks: 28,
    regions: many,
    phi,
    // A promotion every fifth week multiplies the orders of two days by five.
    orders: (region, h) =>
      (1 + 9 / (1 + Number(region.slice(1)))) *
      (week(h) % 5 === 4 && h % 168 >= 24 && h % 168 < 72 ? 5 : 1) *
      (1 + 0.6 * Math.sin((2 * Math.PI * h) / 24)),
    rate: () => 0.08,
  });

  test.each([1, 1.8])(
    "is kept within a factor of three, variance %d times Poisson's",
    (phi) => {
      const asked = hotspotPolicy.parse({ falsePagesPerWeek: 1, minCount: 3, minRatio: 1 });
      const seen = episodes(live(calm(phi), asked, 12 * 168).alarms) / 16;
      expect(seen).toBeLessThan(3);
      expect(seen).toBeGreaterThan(1 / 3);
    },
    60_000,
  );
});

describe("what is judged", () => {
  const steady = { seed: 5, weeks: 10, regions: regions.slice(0, 6), orders: () => 10 } as const;
  const last = (h: number) => h >= 9 * 168;

  test("ten times the orders with as many more complaints is a promotion and no alarm", () => {
    const { alarms } = live(
      { ...steady, orders: (region, h) => (last(h) && region === "R1" ? 100 : 10), rate: () => 0.04 },
      policy,
      8 * 168,
    );
    expect(alarms.filter(({ value }) => value === "R1")).toEqual([]);
  });

  test("the rate doubled alarms within days, at any volume, and only where it did", () => {
    for (const volume of [1, 8]) {
      const orders = (_: string, h: number) => 10 * (last(h) ? volume : 1);
      const { alarms } = live(
        { ...steady, orders, rate: (region, h) => (last(h) && region === "R1" ? 0.12 : 0.05) },
        policy,
        8 * 168,
      );
      expect(alarms.length).toBeGreaterThan(0);
      expect(alarms.filter(({ value }) => value !== "R1").length).toBeLessThan(alarms.length / 10);
      expect(Math.min(...alarms.map(({ tick }) => tick)) - START - 9 * 168).toBeLessThan(6 * 24);
    }
  });

  test("a rise by half that stays is found by the long windows", () => {
    const world = {
      ...steady,
      weeks: 11,
      orders: () => 30,
      rate: (region: string, h: number) => (last(h) && region === "R2" ? 0.09 : 0.05),
    };
    const { alarms } = live(world, policy, 8 * 168);
    expect(alarms.some(({ window, value }) => window >= 72 && value === "R2")).toBe(true);
    expect(alarms.filter(({ value }) => value !== "R2").length).toBeLessThan(alarms.length / 10);
  });

  test("days that nothing was heard of alarm nobody when it is heard again, and are no evidence of calm", () => {
    const silent = (h: number) => h >= 7 * 168 && h < 7 * 168 + 96;
    const world = { ...steady, rate: () => 0.05, silent };
    const { alarms, kept } = live(world, policy, 7 * 168);
    expect(alarms).toEqual([]);
    expect(kept.unknown).toHaveLength(4);
    // After it, a doubled rate is found as it would have been.
    const doubled = live(
      { ...world, rate: (region, h) => (last(h) && region === "R1" ? 0.12 : 0.05) },
      policy,
      8 * 168,
    );
    expect(new Set(doubled.alarms.map(({ value }) => value))).toEqual(new Set(["R1"]));
  });
});

describe("a policy", () => {
  test.each(["90m", "30m", "0h", "3601s"])("refuses a window of %s: counts are kept by the hour", (window) => {
    expect(hotspotPolicy.safeParse({ windows: [window] }).success).toBe(false);
  });
  test("refuses no false pages at all: that is to say nothing ever", () => {
    expect(hotspotPolicy.safeParse({ falsePagesPerWeek: 0 }).success).toBe(false);
  });
  test("takes whole hours however they are written", () => {
    expect(hotspotPolicy.parse({ windows: ["120m", "1d"] }).windows).toEqual([2 * HOUR_MS, 24 * HOUR_MS]);
  });
});
