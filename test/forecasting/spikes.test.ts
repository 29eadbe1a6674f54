import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEVELS } from "../../forecasting/combine/calibrate.ts";
import type { GroupForecast } from "../../forecasting/combine/online.ts";
import { normalQuantile } from "../../forecasting/math/normal.ts";
import { DAY, type Panel } from "../../forecasting/series/panel.ts";
import { contributions } from "../../forecasting/spikes/contributions.ts";
import { exceedance } from "../../forecasting/spikes/exceedance.ts";
import { measuredLifts, phaseShare, promotionLift, saturation } from "../../forecasting/spikes/promotion.ts";
import { withPromotions } from "../../forecasting/spikes/what-if.ts";

const flat = {
  group: "",
  mean: new Float64Array(10).fill(100),
  quantiles: LEVELS.map((q) => new Float64Array(10).fill(100 * Math.exp(0.1 * normalQuantile(q)))),
};

describe("exceedance", () => {
  test("at a quantile it is one minus the level, and it falls with capacity", () => {
    const quantiles = LEVELS.map((q) => 50 + 100 * q);
    LEVELS.forEach((level, i) => {
      expect(exceedance(LEVELS, quantiles, quantiles[i] as number)).toBeCloseTo(1 - level, 9);
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 400, noNaN: true }),
        fc.double({ min: 0, max: 400, noNaN: true }),
        (a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(exceedance(LEVELS, quantiles, low)).toBeGreaterThanOrEqual(
            exceedance(LEVELS, quantiles, high) - 1e-12,
          );
        },
      ),
    );
    expect(exceedance(LEVELS, quantiles, 1000)).toBeLessThan(1e-3);
  });
});

describe("what if", () => {
  test("no promotion changes nothing; one widens its days only", () => {
    expect(withPromotions(flat, 50, []).quantiles).toEqual(flat.quantiles);
    const promotion = { name: "sale", from: 55, to: 55 };
    const lift = promotionLift(promotion, []);
    const changed = withPromotions(flat, 50, [{ promotion, lift }]);
    const median = LEVELS.indexOf(0.5);
    expect(changed.quantiles[median]?.[0]).toBe(100);
    expect(changed.quantiles[median]?.[5]).toBeGreaterThan(180);
    const width = (f: GroupForecast, h: number) =>
      Math.log((f.quantiles.at(-1)?.[h] as number) / (f.quantiles[0]?.[h] as number));
    expect(width(changed, 5)).toBeGreaterThan(4 * width(flat, 5));
    expect(changed.quantiles[median]?.[7]).toBeGreaterThan(100);
  });

  test("a sure lift of two doubles every quantile", () => {
    const promotion = { name: "sale", from: 50, to: 50 };
    const changed = withPromotions(flat, 50, [{ promotion, lift: { log: Math.log(2), sd: 0 } }]);
    flat.quantiles.forEach((q, l) => {
      expect(changed.quantiles[l]?.[0]).toBeCloseTo(2 * (q[0] as number), 6);
    });
  });

  test("measured lifts move the prior and narrow it; depth saturates", () => {
    const promotion = { name: "sale", from: 100, to: 100 };
    const prior = promotionLift(promotion, []);
    const known = promotionLift(promotion, [{ log: Math.log(5), sd: 0.2 }]);
    expect(known.log).toBeGreaterThan(prior.log);
    expect(known.sd).toBeLessThan(prior.sd);
    expect(saturation(0.5)).toBe(1);
    expect(saturation(0.2) / saturation(0.1)).toBeLessThan(2);
    expect([99, 100, 101, 102, 120].map((i) => phaseShare(promotion, i) > 0)).toEqual([true, true, true, true, false]);
    const y = Float64Array.from({ length: 100 }, (_, i) => (i === 50 ? 400 : 100));
    const panel: Panel = {
      step: DAY,
      start: 0,
      length: 100,
      observed: 100,
      drivers: [],
      groups: [{ name: "", y, drivers: [] }],
    };
    expect(measuredLifts(panel, 0, [{ name: "past", from: 50, to: 50 }], 100)[0]?.log).toBeCloseTo(Math.log(4), 2);
  });
});

describe("contributions", () => {
  test("the driver that made the day is named first, with its effect", () => {
    const length = 420;
    const storm = Float64Array.from({ length }, (_, i) => (i % 23 === 0 || i === 410 ? 1 : 0));
    const y = Float64Array.from({ length }, (_, i) => Math.round(80 * Math.exp(0.8 * (storm[i] as number))) + (i % 3));
    const panel: Panel = {
      step: DAY,
      start: 0,
      length,
      observed: 410,
      drivers: [{ name: "storm", kind: "flag" }],
      groups: [{ name: "", y, drivers: [storm] }],
    };
    const [first] = contributions(panel, 0, 410, 0);
    expect(first?.name).toBe("storm");
    expect(first?.log).toBeGreaterThan(0.6);
    expect(first?.log).toBeLessThan(0.9);
    expect(first?.counts).toBeGreaterThan(60);
  });
});
