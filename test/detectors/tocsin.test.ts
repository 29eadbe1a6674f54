import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawPasts, pastOf, ratioAt, tailOf } from "../../forecasting/detectors/tocsin/calibration.ts";
import { tailTables } from "../../forecasting/detectors/tocsin/count-tail.ts";
import { dispersion } from "../../forecasting/detectors/tocsin/dispersion.ts";
import { mixture } from "../../forecasting/detectors/tocsin/evidence.ts";
import { tocsinMany } from "../../forecasting/detectors/tocsin/many.ts";
import { negativeBinomialCount } from "../../forecasting/detectors/tocsin/sampling.ts";
import { TOCSIN_DEFAULTS, tocsin } from "../../forecasting/detectors/tocsin.ts";
import { negativeBinomialLogPmf, negativeBinomialUpperTail } from "../../forecasting/math/negative-binomial.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

/** Weekly counts with a season, variance phi times the mean. */
function weekly(n: number, seed: number, level = 20, phi = 1.5): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, (_, t) => {
    const mean = level * Math.exp(0.4 * Math.cos((2 * Math.PI * t) / 52));
    return negativeBinomialCount(random, mean, mean / (phi - 1));
  });
}

test("false alarms come at the rate asked for", () => {
  let steps = 0;
  const low = { at1: 0, at5: 0 };
  for (let seed = 1; seed <= 24; seed++) {
    const { pvalue } = tocsin({ counts: weekly(360, seed) }, 260, TOCSIN_DEFAULTS);
    for (const p of pvalue) {
      steps++;
      if (p <= 0.01) low.at1++;
      if (p <= 0.05) low.at5++;
    }
  }
  expect(low.at5 / steps).toBeGreaterThan(0.035);
  expect(low.at5 / steps).toBeLessThan(0.07);
  expect(low.at1 / steps).toBeGreaterThan(0.004);
  expect(low.at1 / steps).toBeLessThan(0.019);
});

test("a rise too small to see in one step is found because it stays", () => {
  const found = { stays: 0, once: 0 };
  for (let seed = 1; seed <= 12; seed++) {
    const counts = weekly(300, seed);
    const stays = counts.map((c, t) => (t >= 294 ? c + 8 : c));
    const once = counts.map((c, t) => (t === 294 ? c + 8 : c));
    found.stays += Math.max(...tocsin({ counts: stays }, 294, TOCSIN_DEFAULTS).alarm);
    found.once += tocsin({ counts: once }, 294, TOCSIN_DEFAULTS).alarm[0] as number;
  }
  expect(found.stays).toBeGreaterThanOrEqual(11);
  expect(found.once).toBeLessThanOrEqual(7);
});

describe("exposure", () => {
  const parcels = Float64Array.from({ length: 200 }, (_, t) => (t >= 195 ? 5000 : 1000 + (t % 7) * 50));
  const complaints = (rate: (t: number) => number, seed: number) => {
    const random = seededRandom(seed);
    return parcels.map((p, t) => negativeBinomialCount(random, p * rate(t), Number.POSITIVE_INFINITY));
  };
  const daily = { ...TOCSIN_DEFAULTS, freq: 365, alpha: 0.001 };

  test("five times the volume alone does not alarm, twice the rate does", () => {
    const volume = tocsin({ counts: complaints(() => 0.02, 3), exposure: parcels }, 195, daily);
    expect(Array.from(volume.alarm)).toEqual([0, 0, 0, 0, 0]);
    const rate = tocsin({ counts: complaints((t) => (t >= 195 ? 0.04 : 0.02), 3), exposure: parcels }, 195, daily);
    expect(Array.from(rate.alarm)).toEqual([1, 1, 1, 1, 1]);
  });

  test("half reported is half expected", () => {
    const counts = complaints(() => 0.02, 4);
    const all = tocsin({ counts, exposure: parcels }, 199, daily);
    const completeness = parcels.map((_, t) => (t === 199 ? 0.5 : 1));
    const half = tocsin({ counts, exposure: parcels, completeness }, 199, daily);
    expect(half.expected[0]).toBeCloseTo((all.expected[0] as number) / 2, 9);
  });
});

test("a promotion known in advance is not an outbreak", () => {
  const promotion = Float64Array.from({ length: 220 }, (_, t) => (t % 30 < 3 && t > 10 ? 1 : 0));
  const random = seededRandom(9);
  const counts = promotion.map((on) => negativeBinomialCount(random, on ? 60 : 20, Number.POSITIVE_INFINITY));
  const blind = tocsin({ counts }, 210, TOCSIN_DEFAULTS);
  const told = tocsin({ counts, drivers: [promotion] }, 210, TOCSIN_DEFAULTS);
  expect(blind.alarm.reduce((a, b) => a + b)).toBeGreaterThan(0);
  expect(told.alarm.reduce((a, b) => a + b)).toBe(0);
});

test("a missing step neither alarms nor silences the next", () => {
  const counts = weekly(300, 2);
  counts[297] = Number.NaN;
  counts[298] = Number.NaN;
  counts[299] = 90;
  const j = tocsin({ counts }, 296, TOCSIN_DEFAULTS);
  expect(Array.from(j.alarm)).toEqual([0, 0, 0, 1]);
  expect(j.pvalue[1]).toBeNaN();
  expect(j.upper[2]).toBeNaN();
});

test("one count in an empty series is no outbreak", () => {
  const counts = new Float64Array(200);
  counts[199] = 1;
  expect(tocsin({ counts }, 199, TOCSIN_DEFAULTS).alarm[0]).toBe(0);
});

test("a rare event in the trough of its season neither hangs nor blows the spread up", () => {
  const random = seededRandom(4);
  const counts = Float64Array.from({ length: 600 }, (_, t) => {
    const turn = (2 * Math.PI * t) / 52;
    const mean = 0.12 * Math.exp(1.5 * Math.cos(turn) + Math.sin(2 * turn));
    return negativeBinomialCount(random, mean, mean);
  });
  // Two counts in the emptiest weeks of the year.
  for (let year = 0; year < 10; year += 3) counts[year * 52 + 35] = 2;
  const { expected, pvalue } = tocsin({ counts }, 520, TOCSIN_DEFAULTS);
  expect(Math.max(...expected)).toBeLessThan(10);
  expect(Math.min(...expected)).toBeGreaterThan(0);
  expect(pvalue.every((p) => p > 0 && p <= 1)).toBe(true);
  counts[590] = 12;
  expect(tocsin({ counts }, 590, TOCSIN_DEFAULTS).alarm[0]).toBe(1);
});

test("a mean that is no number is refused, not drawn from for ever", () => {
  for (const mean of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    expect(() => negativeBinomialCount(seededRandom(1), mean, Number.POSITIVE_INFINITY)).toThrow(/mean: expected/);
  }
});

test("too short a history judges nothing", () => {
  const { pvalue, alarm } = tocsin({ counts: Float64Array.of(1, 50, 2) }, 0, TOCSIN_DEFAULTS);
  expect(Array.from(pvalue)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(Array.from(alarm)).toEqual([0, 0, 0]);
});

test("judged step by step as well as all at once: nothing looks ahead", () => {
  const counts = weekly(120, 7);
  const changed = counts.map((c, t) => (t > 110 ? c + 40 : c));
  const options = { ...TOCSIN_DEFAULTS, refit: 1 };
  const before = tocsin({ counts }, 100, options).pvalue.subarray(0, 11);
  expect(tocsin({ counts: changed }, 100, options).pvalue.subarray(0, 11)).toEqual(before);
});

test("more counts are never weaker evidence, and the bound is where the alarm begins", () => {
  const counts = weekly(300, 5);
  const pvalues = [20, 40, 60, 80, 120, 400].map((y) => {
    counts[299] = y;
    const j = tocsin({ counts }, 299, TOCSIN_DEFAULTS);
    expect(y > (j.upper[0] as number)).toBe((j.pvalue[0] as number) <= TOCSIN_DEFAULTS.alpha);
    return j.pvalue[0] as number;
  });
  expect(pvalues).toEqual([...pvalues].sort((a, b) => b - a));
});

describe("calibration", () => {
  const one = { lengths: [1], lengthPriors: [1], heights: [1, 3] };

  test("with outbreaks of one step only, the p-value is the count's own tail (mid-p)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 60 }), (mean, y) => {
        const m = mixture({ means: Float64Array.of(mean), phi: 2, se: 0, df: 1e6 }, one);
        const evidence = Math.log(ratioAt(pastOf(m, Float64Array.of(y)), 0, y));
        const p = tailOf(drawPasts(m, 4, seededRandom(1)), tailTables(m), evidence);
        const tail = (from: number) => negativeBinomialUpperTail(from, mean, mean);
        expect(p).toBeCloseTo((tail(y) + tail(y + 1)) / 2, 9);
      }),
    );
  });

  test("evidence never falls with the count", () => {
    const m = mixture(
      { means: Float64Array.of(5, 6, 7, 8, 8, 7, 6, 5), phi: 3, se: 0.3, df: 20 },
      TOCSIN_DEFAULTS.outbreaks,
    );
    const past = pastOf(m, Float64Array.of(0, 9, 3, 8, 20, 6, 2, 5));
    const evidence = Array.from({ length: 400 }, (_, y) => ratioAt(past, 0, y));
    expect(evidence.slice(1).every((e, i) => e >= (evidence[i] as number) - 1e-9)).toBe(true);
  });
});

test("the spread of skewed counts is where their likelihood is highest, wherever the search starts", () => {
  for (const [seed, level, phi] of [
    [1, 0.3, 1.4],
    [2, 0.6, 4],
    [3, 3, 9],
  ] as const) {
    const y = weekly(600, seed, level, phi);
    const mu = y.map((_, t) => level * Math.exp(0.4 * Math.cos((2 * Math.PI * t) / 52)));
    const fitted = { y, mu, weights: new Float64Array(600).fill(1), p: 0 };
    const likelihood = (d: number) =>
      y.reduce((sum, one, t) => sum + negativeBinomialLogPmf(one, mu[t] as number, (mu[t] as number) / d), 0);
    for (const guess of [undefined, 1.05, 20]) {
      const d = dispersion(fitted, guess).phi - 1;
      expect(likelihood(d)).toBeGreaterThan(likelihood(d * 1.01));
      expect(likelihood(d)).toBeGreaterThan(likelihood(d / 1.01));
    }
  }
});

test("threads change nothing, whenever they start; nor do others' steps a year", async () => {
  const tasks = Array.from({ length: 200 }, (_, k) => ({
    input: { counts: weekly(270, k) },
    from: k < 3 ? 200 : 269,
    ...(k % 2 ? { freq: 13 } : {}),
  }));
  const alone = tasks.map(({ input, from, freq }) =>
    tocsin(input, from, { ...TOCSIN_DEFAULTS, freq: freq ?? TOCSIN_DEFAULTS.freq }),
  );
  expect(await tocsinMany(tasks, TOCSIN_DEFAULTS, 1)).toEqual(alone);
  expect(await tocsinMany(tasks, TOCSIN_DEFAULTS, 2)).toEqual(alone);
  expect(await tocsinMany(tasks.slice(0, 2), TOCSIN_DEFAULTS, 3, true)).toEqual(alone.slice(0, 2));
});

test("what goes wrong while series are drawn, or in a thread, is told, and no thread stays", async () => {
  const threads = () => process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length;
  const before = threads();
  const task = { input: { counts: weekly(270, 1) }, from: 100 };
  const drawn = function* () {
    for (let k = 0; k < 200; k++) yield { ...task, from: 260 };
    throw new Error("row 7: expected a number");
  };
  await expect(tocsinMany(drawn(), TOCSIN_DEFAULTS, 2)).rejects.toThrow("row 7");
  const wrong = { ...TOCSIN_DEFAULTS, draws: 3 };
  await expect(tocsinMany([task], wrong, 2, true)).rejects.toThrow("draws: expected 32 or more, got 3");
  expect(threads()).toBe(before);
});
