import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { negativeBinomialQuantile } from "../../forecasting/math/negative-binomial.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { DAYS_AHEAD, PLAN_DRIVERS, PLAN_LEVELS, phasesOf, strengthOf } from "../../forecasting/plan/calendar.ts";
import { learnSeries } from "../../forecasting/plan/fit.ts";
import { countQuantiles } from "../../forecasting/plan/hours.ts";
import { type DailyIssue, issueDaily } from "../../forecasting/plan/issue.ts";
import { plan } from "../../forecasting/plan/plan.ts";
import { planOnThread } from "../../forecasting/plan/planner.ts";
import { addBack, effectOf, preventedBy } from "../../forecasting/plan/prevented.ts";
import type { PlanSeries } from "../../forecasting/plan/series.ts";
import { together } from "../../forecasting/plan/together.ts";

const FIRST = 20_000;

/** A shop's series: weekly season, sales every five weeks whose effect is known, negative binomial counts. */
function shop(seed: number, days: number, options: { mean?: number; sale?: number; borrows?: string } = {}) {
  const { mean = 60, sale = 0.8, borrows } = options;
  const random = seededRandom(seed);
  const drivers = PLAN_DRIVERS.orders;
  const peak = (i: number) => (i % 35 >= 30 && i % 35 < 32 ? 1 : 0);
  const values = drivers.map(({ name }) =>
    Float64Array.from({ length: days + DAYS_AHEAD }, (_, i) => (name === "promotion peak" ? peak(i) : 0)),
  );
  const all = Float64Array.from({ length: days + DAYS_AHEAD }, (_, i) =>
    negativeBinomialQuantile(random(), mean * Math.exp((i % 7 > 4 ? 0.4 : 0) + sale * peak(i)), 20),
  );
  const series: PlanSeries = { name: "orders", first: FIRST, y: all.slice(0, days), drivers, values, borrows };
  return { series, ahead: all.slice(days), peak };
}

describe("planned series", () => {
  test("the effect of a sale is learned from sales, and believed before there was one", () => {
    const at = PLAN_DRIVERS.orders.findIndex(({ name }) => name === "promotion peak");
    const effect = (days: number, sale: number) => {
      const { regression } = learnSeries(shop(3, days, { sale }).series);
      return regression.coefficients[regression.coefficients.length - PLAN_DRIVERS.orders.length + at] as number;
    };
    expect(effect(300, 0.8)).toBeGreaterThan(0.65);
    expect(effect(300, 0.8)).toBeLessThan(0.95);
    expect(effect(300, 0)).toBeLessThan(0.15);
    expect(effect(25, 0)).toBeCloseTo(Math.log(2.2), 1);
  });

  test("intervals hold what they promise, on average over shops", () => {
    let [inside, all] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const { series, ahead } = shop(seed, 200, { mean: seed * 8 });
      const issue = issueDaily(series, learnSeries(series));
      ahead.forEach((y, h) => {
        all++;
        if (y >= (issue.quantiles[1]?.[h] as number) && y <= (issue.quantiles[7]?.[h] as number)) inside++;
      });
    }
    expect(inside / all).toBeGreaterThan(0.82);
    expect(inside / all).toBeLessThan(0.97);
  });

  test("a sale nobody has seen widens the interval", () => {
    const { series } = shop(5, 28, { sale: 0 });
    const issue = issueDaily(series, learnSeries(series));
    const width = (h: number) => Math.log((issue.quantiles[7]?.[h] as number) / (issue.quantiles[1]?.[h] as number));
    // Days 30 and 31 of the cycle are the sale.
    expect(width(2)).toBeGreaterThan(1.5 * width(1));
    expect(issue.causes[2]?.promotion).toBeGreaterThan(10);
    expect(Math.abs(issue.causes[1]?.promotion as number)).toBeLessThan(5);
  });

  test("a small region borrows what it cannot know from its large sibling", () => {
    const large = shop(7, 150, { mean: 500 }).series;
    const lender = learnSeries(large);
    const at = lender.regression.coefficients.length - PLAN_DRIVERS.orders.length + 1;
    const error = (seed: number, lend: boolean) => {
      const small = shop(seed, 60, { mean: 1.5 }).series;
      return Math.abs((learnSeries(small, lend ? lender : undefined).regression.coefficients[at] as number) - 0.8);
    };
    const seeds = Array.from({ length: 12 }, (_, k) => 100 + k);
    const mean = (lend: boolean) => seeds.reduce((s, seed) => s + error(seed, lend), 0) / seeds.length;
    expect(mean(true)).toBeLessThan(0.6 * mean(false));
  });

  test("a backtest inside of learning sees no weather before it was forecast", () => {
    const { series } = shop(9, 120);
    const weather = series.drivers.findIndex(({ kind }) => kind === "weather");
    const random = seededRandom(4);
    const storm = series.values.map((v, k) => (k === weather ? v.map(() => (random() < 0.3 ? 1 : 0)) : v));
    const y = series.y.map((n, i) => Math.round(n * (storm[weather]?.[i] ? 3 : 1)));
    const fit = learnSeries({ ...series, y, values: storm });
    const issue = issueDaily({ ...series, y, values: storm }, fit);
    // Beyond three days it was never known in the past, so far ahead the errors were larger.
    expect(Math.abs(fit.quantiles[5]?.[7] as number)).toBeGreaterThan(1.2 * Math.abs(fit.quantiles[0]?.[7] as number));
    expect(issue.mean.every(Number.isFinite)).toBe(true);
  });

  test("a thread gives the very same plan", async () => {
    const planner = planOnThread();
    const { series } = shop(11, 90);
    const request = { series: [series], hours: {}, families: [], fits: {}, relearn: true };
    expect(await planner.plan(request)).toEqual(plan(request));
    await expect(
      planner.plan({ ...request, series: [{ ...series, y: Float64Array.of(-1, -2, -3, -4) }] }),
    ).rejects.toThrow(/planning failed.*expected >= 0/s);
    await planner.close();
  }, 60_000);
});

describe("parts and wholes", () => {
  const issue = (series: string, means: readonly number[], spread: number): DailyIssue => ({
    series,
    mean: Float64Array.from(means),
    quantiles: PLAN_LEVELS.map((_, l) => Float64Array.from(means, (m) => Math.max(0, m + (l - 4) * spread))),
    causes: means.map(() => ({ promotion: 1, weather: 0, backlog: 0, season: 0, recent: 0 })),
  });

  test("add up in every way a whole is divided, and stay where they were when they did", () => {
    const count = fc.double({ min: 0, max: 1000, noNaN: true });
    const spread = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        count,
        fc.array(fc.tuple(count, spread), { minLength: 4, maxLength: 8 }),
        spread,
        (total, parts, wide) => {
          const issues = [issue("all", [total], wide), ...parts.map(([m, s], k) => issue(`p${k}`, [m], s))];
          const half = Math.floor(parts.length / 2);
          const names = parts.map((_, k) => `p${k}`);
          const families = [
            { whole: "all", parts: names.slice(0, half) },
            { whole: "all", parts: names.slice(half) },
          ];
          const after = new Map(together(issues, families).map(({ series, mean }) => [series, mean[0] as number]));
          for (const family of families) {
            const sum = family.parts.reduce((s, part) => s + (after.get(part) as number), 0);
            expect(sum).toBeCloseTo(after.get("all") as number, 6);
            for (const part of family.parts) expect(after.get(part)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
    const kept = [issue("all", [10], 1), issue("a", [4], 1), issue("b", [6], 2)];
    expect(together(kept, [{ whole: "all", parts: ["a", "b"] }]).map(({ mean }) => mean[0])).toEqual([10, 4, 6]);
  });

  test("what is missing goes where the doubt is", () => {
    const [all, sure, unsure] = together(
      [issue("all", [120], 0.1), issue("sure", [50], 1), issue("unsure", [50], 10)],
      [{ whole: "all", parts: ["sure", "unsure"] }],
    ) as [DailyIssue, DailyIssue, DailyIssue];
    expect(all.mean[0]).toBeCloseTo(120, 0);
    expect(sure.mean[0]).toBeLessThan(51);
    expect(unsure.mean[0]).toBeGreaterThan(68);
  });
});

describe("what actions prevented", () => {
  test("is not learned as calm: a world in which acting works keeps forecasting what would come", () => {
    const random = seededRandom(13);
    const days = 90;
    const effect = { perAction: 0.4, sd: 0.1 };
    // From day 45 on a hundred customers a day are treated, which spares forty complaints of a hundred.
    const actions = Float64Array.from({ length: days }, (_, i) => (i >= 45 ? 100 : 0));
    const spared = preventedBy(actions, effect).expected;
    const came = Float64Array.from({ length: days }, (_, i) =>
      negativeBinomialQuantile(random(), 100 - (spared[i] as number), 50),
    );
    const drivers = PLAN_DRIVERS.complaints;
    const values = drivers.map(() => new Float64Array(days + DAYS_AHEAD));
    const forecast = (y: Float64Array) => {
      const series = { name: "complaints", first: FIRST, y, drivers, values };
      return issueDaily(series, learnSeries(series)).mean[6] as number;
    };
    expect(forecast(came)).toBeLessThan(75);
    expect(forecast(addBack(came, preventedBy(actions, effect)))).toBeGreaterThan(90);
    expect(forecast(addBack(came, preventedBy(actions, effect)))).toBeLessThan(110);
  });

  test("comes in the days after, and as often as believed", () => {
    const { expected, sd } = preventedBy(Float64Array.of(10, 0, 0, 0, 0, 0, 0), { perAction: 0.2, sd: 0.1 });
    expect(expected.reduce((a, b) => a + b)).toBeCloseTo(2);
    expect(sd.reduce((a, b) => a + b)).toBeCloseTo(1);
    expect(expected[5]).toBe(0);
  });

  test("is believed by a holdout as far as that is large", () => {
    const belief = { perAction: 0.03, sd: 0.03 };
    expect(effectOf(belief)).toEqual(belief);
    const small = effectOf(belief, { treated: 10, treatedComplaints: 1, heldOut: 10, heldOutComplaints: 4 });
    const large = effectOf(belief, { treated: 9000, treatedComplaints: 900, heldOut: 9000, heldOutComplaints: 3600 });
    expect(large.perAction).toBeCloseTo(0.3, 1);
    expect(small.perAction).toBeLessThan(0.1);
    expect(large.sd).toBeLessThan(small.sd);
    const harm = effectOf(belief, { treated: 9000, treatedComplaints: 3600, heldOut: 9000, heldOutComplaints: 900 });
    expect(harm.perAction).toBe(0);
  });
});

test("quantiles of counts: exact of few, close of many", () => {
  for (const mean of [0.3, 4, 29]) {
    for (const theta of [2, 50]) {
      expect(countQuantiles(mean, theta)).toEqual(PLAN_LEVELS.map((p) => negativeBinomialQuantile(p, mean, theta)));
    }
  }
  countQuantiles(400, 20).forEach((q, l) => {
    expect(q / negativeBinomialQuantile(PLAN_LEVELS[l] as number, 400, 20)).toBeCloseTo(1, 1);
  });
});

test("a promotion: teaser, peak, days and weeks after; twice the depth is less than twice the strength", () => {
  const sale = { from: 100, to: 101 };
  expect(phasesOf(sale, 96)).toEqual([0, 0, 0, 0]);
  expect(phasesOf(sale, 97)).toEqual([1, 0, 0, 0]);
  expect(phasesOf(sale, 101)).toEqual([0, 1, 0, 0]);
  expect(phasesOf(sale, 102)).toEqual([0, 0, 1, 0]);
  expect(phasesOf(sale, 115)[3]).toBeGreaterThan(0.3);
  expect(phasesOf(sale, 130)).toEqual([0, 0, 0, 0]);
  const strength = (depth: number) => strengthOf({ ...sale, depth });
  expect(strength(0.5)).toBeCloseTo(1);
  expect(strength(0.4)).toBeLessThan(2 * strength(0.2));
  expect(strength(0.4)).toBeGreaterThan(strength(0.2));
});
