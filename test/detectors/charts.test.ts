import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BAYES_DEFAULTS, bayes } from "../../forecasting/detectors/bayes.ts";
import { CUSUM_DEFAULTS, cusum } from "../../forecasting/detectors/cusum.ts";
import { designPoissonCusum, poissonCusumRunLength } from "../../forecasting/detectors/cusum-run-length.ts";
import { EARS_DEFAULTS, ears } from "../../forecasting/detectors/ears.ts";
import {
  FARRINGTON_FLEXIBLE_DEFAULTS,
  farringtonFlexible,
  NOUFAILY,
} from "../../forecasting/detectors/farrington-flexible.ts";
import { GLR_DEFAULTS, glr } from "../../forecasting/detectors/glr.ts";
import { findMethod, METHODS } from "../../forecasting/detectors/methods.ts";
import { OUTBREAK_P_DEFAULTS, outbreakP } from "../../forecasting/detectors/outbreak-p.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

const of = (...counts: number[]) => Float64Array.from(counts);
const steady = (n: number, seed = 1) => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () => Math.floor(20 * random()));
};

describe("worked by hand", () => {
  test("C1: mean 4, standard deviation sqrt(14/3), three standard deviations above", () => {
    const j = ears(of(1, 2, 3, 4, 5, 6, 7, 20), 7, { ...EARS_DEFAULTS.C1, alpha: 0.0013498980316301 });
    expect(j.expected[0]).toBe(4);
    expect(j.upper[0]).toBeCloseTo(4 + 3 * Math.sqrt(14 / 3), 9);
    expect(j.alarm[0]).toBe(1);
  });

  test("plain CUSUM: scores 1 and 2 less k 0.5 stand at 0.5 and 2, which reaches h 2", () => {
    const j = cusum(of(6, 8), 0, { ...CUSUM_DEFAULTS, m: 4, k: 0.5, h: 2 });
    expect(Array.from(j.alarm)).toEqual([0, 1]);
    // Alarm at m + sqrt(m) (h + k - sum before), rounded up.
    expect(Array.from(j.upper)).toEqual([9, 8]);
  });

  test("Bayes: Jeffreys' posterior of 7 counts in 2 steps expects 3.75", () => {
    expect(bayes(of(3, 4, 4), 2, { ...BAYES_DEFAULTS.bayes1, w: 2 }).expected[0]).toBe(3.75);
  });

  test("Poisson GLR: doubling a mean of 10 once is worth 20 log 2 - 10", () => {
    const j = glr(of(10, 20), 0, { ...GLR_DEFAULTS, mu0: of(10, 10) });
    expect(j.upper[0]).toBe(0);
    expect(j.upper[1]).toBeCloseTo(20 * Math.log(2) - 10, 12);
  });

  test("OutbreakP: (1, 3) has ratio (1/2)^1 (3/2)^3", () => {
    expect(outbreakP(of(1, 3), 1, OUTBREAK_P_DEFAULTS).upper[0]).toBeCloseTo(0.5 * 1.5 ** 3, 12);
  });

  test("Farrington on a flat Poisson history: bound (20^(2/3) + z sqrt(4/9 20^(1/3) tau))^(3/2)", () => {
    const counts = new Float64Array(270).fill(20);
    const j = farringtonFlexible(counts, 269, {
      ...FARRINGTON_FLEXIBLE_DEFAULTS,
      alpha: 0.05,
      trend: false,
      reweight: false,
    });
    // No residual: dispersion clamped to one, and a standard error of zero.
    const spread = Math.sqrt((4 / 9) * Math.cbrt(20));
    expect(j.upper[0]).toBeCloseTo((20 ** (2 / 3) + 1.6448536269514722 * spread) ** 1.5, 9);
  });
});

test("a Poisson CUSUM with k 0 and h 1 waits for the first event: 1 / (1 - exp(-theta)) steps", () => {
  expect(poissonCusumRunLength(1, 0, 0.25, 1).arl).toBeCloseTo(1 / (1 - Math.exp(-0.25)), 9);
});

test("the designed CUSUM simulates to its run length", () => {
  const { h, k, arl } = designPoissonCusum(4, 200, 1, 1, false);
  const random = seededRandom(5);
  let steps = 0;
  const runs = 2000;
  for (let r = 0; r < runs; r++) {
    for (let sum = 0; sum < h; steps++) {
      let count = -1;
      for (let product = 1; product > Math.exp(-4); count++) product *= random();
      sum = Math.max(0, Math.round(10 * (sum + count - k)) / 10);
    }
  }
  expect(steps / runs / arl).toBeGreaterThan(0.93);
  expect(steps / runs / arl).toBeLessThan(1.07);
});

describe("every method", () => {
  const options = { freq: 12, b: 2, w: 1, noPeriods: 1, limit54: [0, 4] };
  const judged = METHODS.filter((m) => !m.names.includes("algo.rogerson"));

  test.each(judged.map((m) => m.names[0] ?? ""))("%s never looks ahead", (name) => {
    const method = findMethod(name);
    const counts = steady(80);
    const from = 60;
    const all = method?.judge({ counts, exposure: undefined }, from, options);
    fc.assert(
      fc.property(fc.integer({ min: from, max: 79 }), fc.integer({ min: 0, max: 500 }), (at, value) => {
        const changed = counts.slice();
        changed[at] = value;
        const again = method?.judge({ counts: changed, exposure: undefined }, from, options);
        expect(again?.upper.subarray(0, at - from)).toEqual(all?.upper.subarray(0, at - from));
        expect(again?.alarm.subarray(0, at - from)).toEqual(all?.alarm.subarray(0, at - from));
      }),
      { numRuns: 15 },
    );
  });

  test.each(judged.map((m) => m.names[0] ?? ""))("%s: a missing count does not alarm", (name) => {
    const counts = steady(80, 2);
    counts[70] = Number.NaN;
    const judgement = findMethod(name)?.judge({ counts, exposure: undefined }, 60, options);
    expect(judgement?.alarm[10]).toBe(0);
    expect(judgement?.upper[19]).not.toBeNaN();
  });
});

test("Farrington: a count in proportion to its exposure expects in proportion", () => {
  const counts = steady(300, 3);
  const exposure = counts.map((_, t) => 100 + t);
  const settings = { ...NOUFAILY, b: 4, limit54: [0, 4] as const, populationOffset: true, trend: false };
  const once = farringtonFlexible(counts, 298, settings, exposure);
  const thrice = farringtonFlexible(
    counts,
    298,
    settings,
    exposure.map((e) => 3 * e),
  );
  expect(thrice.expected[0]).toBeCloseTo(once.expected[0] as number, 8);
});

test("options out of range say what was expected", () => {
  expect(() => ears(steady(20), 10, { ...EARS_DEFAULTS.C1, baseline: 2 })).toThrow(
    "baseline: expected 3 or more, got 2",
  );
  expect(() => ears(steady(20), 3, EARS_DEFAULTS.C1)).toThrow("expected at least 7 earlier steps");
  expect(() => glr(steady(20), 0, { ...GLR_DEFAULTS, mu0: of(1) })).toThrow("mu0: expected 20 means, got 1");
});
