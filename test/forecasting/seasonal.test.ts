import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { negativeBinomialQuantile } from "../../forecasting/math/negative-binomial.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { forecastCounts } from "../../forecasting/seasonal.ts";

/** Thin hourly counts: busier by day and at weekends. */
function hourly(
  days: number,
  scale: number,
  theta: number,
  seed: number,
): { counts: Float64Array; rate: Float64Array } {
  const random = seededRandom(seed);
  const rate = Float64Array.from({ length: days * 24 }, (_, i) => {
    const weekend = Math.floor(i / 24) % 7 >= 5 ? 1.6 : 1;
    return scale * weekend * (0.3 + 1.4 * Math.sin((Math.PI * (i % 24)) / 24) ** 2);
  });
  return { counts: rate.map((r) => negativeBinomialQuantile(random(), r, theta)), rate };
}

describe("forecastCounts", () => {
  test("80 % intervals hold about 80 % and the mean follows the true rate", () => {
    let inside = 0;
    let strict = 0;
    let total = 0;
    let gap = 0;
    let naive = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const { counts, rate } = hourly(63, 1.5, 4, seed);
      const n = 56 * 24;
      const f = forecastCounts({ counts: counts.slice(0, n), periods: [24, 168], horizon: 72 });
      for (let h = 0; h < 72; h++) {
        const y = counts[n + h] as number;
        total++;
        if (y >= (f.lower[h] as number) && y <= (f.upper[h] as number)) inside++;
        if (y > (f.lower[h] as number) && y < (f.upper[h] as number)) strict++;
        gap += Math.abs((f.mean[h] as number) - (rate[n + h] as number));
        naive += Math.abs((counts[n + h - 168] as number) - (rate[n + h] as number));
      }
    }
    // Counts are discrete: closed intervals hold at least 80 %, open ones at most.
    expect(inside / total).toBeGreaterThan(0.78);
    expect(inside / total).toBeLessThan(0.95);
    expect(strict / total).toBeLessThan(0.82);
    expect(gap).toBeLessThan(0.4 * naive);
  });

  test("a step in the level is followed", () => {
    const counts = Float64Array.from({ length: 24 * 28 }, (_, i) => (i < 24 * 21 ? 4 : 12));
    const f = forecastCounts({ counts, periods: [24, 168], horizon: 24 });
    for (const m of f.mean) expect(Math.abs(m - 12)).toBeLessThan(1.5);
  });

  test("twice the exposure ahead is twice the mean", () => {
    const { counts } = hourly(28, 2, 10, 3);
    const flat = new Float64Array(counts.length + 24).fill(5);
    const more = flat.map((e, i) => (i < counts.length ? e : 2 * e));
    const a = forecastCounts({ counts, periods: [24], horizon: 24, exposure: flat });
    const b = forecastCounts({ counts, periods: [24], horizon: 24, exposure: more });
    for (let h = 0; h < 24; h++) expect(b.mean[h]).toBeCloseTo(2 * (a.mean[h] as number), 9);
  });

  test("any counts give finite ordered bounds, all zeros included", () => {
    const count = fc.oneof(fc.nat(30), fc.constant(0), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(count, { minLength: 1, maxLength: 120 }), fc.integer({ min: 1, max: 30 }), (ys, horizon) => {
        const f = forecastCounts({ counts: Float64Array.from(ys), periods: [12, 24], horizon });
        for (let h = 0; h < horizon; h++) {
          expect(Number.isFinite(f.mean[h])).toBe(true);
          expect(f.lower[h]).toBeLessThanOrEqual(f.upper[h] as number);
          expect(f.upper[h]).toBeLessThan(1e6);
        }
      }),
    );
    const quiet = forecastCounts({ counts: new Float64Array(24 * 14), periods: [24, 168], horizon: 24 });
    expect(quiet.mean[3]).toBeLessThan(0.05);
    expect(quiet.upper[3]).toBe(0);
  });

  test("wrong input is named", () => {
    const counts = Float64Array.of(1, 2);
    expect(() => forecastCounts({ counts, periods: [24, 100], horizon: 1 })).toThrow("each a multiple");
    expect(() => forecastCounts({ counts, periods: [], horizon: 0 })).toThrow("expected an integer >= 1, got 0");
    expect(() => forecastCounts({ counts: Float64Array.of(-1), periods: [], horizon: 1 })).toThrow("got -1 at 0");
    expect(() => forecastCounts({ counts, periods: [], horizon: 3, exposure: counts })).toThrow("expected length 5");
  });
});
