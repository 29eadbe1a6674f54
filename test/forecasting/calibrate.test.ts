import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adaptLevels, conformalQuantiles, LEVELS } from "../../forecasting/combine/calibrate.ts";
import { coverageState } from "../../forecasting/combine/coverage.ts";
import { ensembleWeights } from "../../forecasting/combine/weights.ts";
import { normalQuantile } from "../../forecasting/math/normal.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { metricsOf, pinball } from "../../forecasting/metrics.ts";

const at = (level: number) => LEVELS.indexOf(level as (typeof LEVELS)[number]);

function scores(n: number, draw: () => number) {
  return {
    u: Float64Array.from({ length: n }, draw),
    horizon: new Int32Array(n).fill(3),
    weight: new Float64Array(n).fill(1),
    stretch: Int32Array.from({ length: n }, (_, i) => i),
  };
}

describe("calibration", () => {
  test("without past errors the quantiles are those of the normal", () => {
    const q = conformalQuantiles(
      scores(0, () => 0),
      1,
      LEVELS,
    );
    LEVELS.forEach((level, i) => {
      // The outward step of a small sample leaves the middle in place and widens the tails.
      const z = normalQuantile(level);
      expect(Math.abs(q[i] as number)).toBeGreaterThanOrEqual(Math.abs(z) - 0.06);
      expect(Math.abs((q[i] as number) - z)).toBeLessThan(0.35);
    });
  });

  test("errors three times as wide as claimed widen the interval three times", () => {
    const random = seededRandom(4);
    const q = conformalQuantiles(
      scores(2000, () => 3 * normalQuantile(Math.max(1e-9, random()))),
      3,
      LEVELS,
    );
    expect(q[at(0.95)]).toBeGreaterThan(4.4);
    expect(q[at(0.95)]).toBeLessThan(5.6);
    expect(Math.abs(q[at(0.5)] as number)).toBeLessThan(0.3);
  });

  test("quantiles never cross, whatever the errors", () => {
    const error = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(error, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (errors, h) => {
        let i = 0;
        const q = conformalQuantiles(
          scores(errors.length, () => errors[i++] as number),
          h,
          LEVELS,
        );
        for (let k = 1; k < q.length; k++) expect(q[k]).toBeGreaterThanOrEqual(q[k - 1] as number);
      }),
    );
  });

  test("the middle moves by errors that come again, not by one month that hundreds of series missed together", () => {
    const random = seededRandom(9);
    const noise = () => normalQuantile(Math.max(1e-9, random())) / 2;
    const middle = (miss: (stretch: number) => number) => {
      const stretch = Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / 50));
      const u = Float64Array.from(stretch, (s) => miss(s) + noise());
      return conformalQuantiles({ ...scores(400, () => 0), u, stretch }, 3, LEVELS)[at(0.5)] as number;
    };
    expect(middle(() => 1)).toBeGreaterThan(0.85);
    expect(middle(() => 1)).toBeLessThan(1.15);
    // The mean of eight stretches is off by an eighth of one miss, and so is its standard error.
    expect(Math.abs(middle((s) => (s === 3 ? 2 : 0)))).toBeLessThan(0.05);
    // One stretch, however many errors it holds, proves nothing.
    const single = { ...scores(400, () => 1 + noise()), stretch: new Int32Array(400) };
    expect(Math.abs(conformalQuantiles(single, 3, LEVELS)[at(0.5)] as number)).toBeLessThan(0.05);
  });

  test("tails move outwards with misses, never inwards, and the middle stays", () => {
    const missed = adaptLevels(new Float64Array(200).fill(0.01), 0.01);
    expect(missed[at(0.05)]).toBeLessThan(0.035);
    expect(missed[at(0.5)]).toBe(0.5);
    const calm = adaptLevels(new Float64Array(200).fill(0.5), 0.01);
    expect(calm).toEqual([...LEVELS]);
  });
});

describe("weights", () => {
  const n = 400;
  const random = seededRandom(11);
  const truth = Float64Array.from({ length: n }, () => 3 + random());
  const noisy = (sd: number, bias = 0) => truth.map((v) => v + bias + sd * normalQuantile(Math.max(1e-9, random())));
  const importance = new Float64Array(n).fill(1);

  test("opposite biases are combined, a hopeless competitor gets nothing", () => {
    const w = ensembleWeights({
      locations: [noisy(0.02, 0.1), noisy(0.02, -0.1), noisy(0.9)],
      actual: truth,
      importance,
    });
    expect(w[0]).toBeGreaterThan(0.4);
    expect(w[1]).toBeGreaterThan(0.4);
    expect(w[2]).toBe(0);
  });

  test("no past: equal weights; they always sum to one", () => {
    const none = {
      locations: [new Float64Array(0), new Float64Array(0)],
      actual: new Float64Array(0),
      importance: new Float64Array(0),
    };
    expect([...ensembleWeights(none)]).toEqual([0.5, 0.5]);
    const w = ensembleWeights({ locations: [noisy(0.1), noisy(0.12), noisy(0.11)], actual: truth, importance });
    expect(w.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

describe("metrics, worked by hand", () => {
  test("two targets", () => {
    const quantiles = (m: number) => LEVELS.map((q) => m + 10 * (q - 0.5));
    const m = metricsOf(
      [
        { actual: 12, mean: 10, quantiles: quantiles(10), unit: 4 },
        { actual: 20, mean: 30, quantiles: quantiles(30), unit: 4 },
      ],
      LEVELS,
    );
    expect(m.mae).toBe(6);
    expect(m.wape).toBeCloseTo(12 / 32, 12);
    expect(m.mase).toBe(1.5);
    expect(m.coverage90).toBe(0.5);
    expect(pinball(0.9, 5, 3)).toBeCloseTo(1.8, 12);
    expect(pinball(0.9, 3, 5)).toBeCloseTo(0.2, 12);
  });
});

describe("coverage", () => {
  test("the chance is the binomial tail, worked by hand for 3 of 5 at one half", () => {
    expect(coverageState(3, 5, 0.5).chance).toBeCloseTo((1 + 5 + 10 + 10) / 32, 12);
  });

  test("27 of 30 at 90 % is honest, 20 of 30 is broken, nothing seen is not", () => {
    expect(coverageState(27, 30, 0.9).broken).toBe(false);
    expect(coverageState(20, 30, 0.9).broken).toBe(true);
    expect(coverageState(0, 0, 0.9).broken).toBe(false);
    expect(() => coverageState(4, 3, 0.9)).toThrow("expected 0..3, got 4");
  });
});
