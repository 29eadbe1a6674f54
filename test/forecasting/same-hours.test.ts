import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import { sameHours, type Window } from "../../forecasting/same-hours.ts";

const windows = (list: readonly (readonly [number, number])[]): Window[] =>
  list.map(([count, exposure]) => ({ count, exposure }));

describe("by hand", () => {
  test("half an event is known of an empty past: a geometric tail of one half", () => {
    // Gamma(1/2, 7) predicts NB with theta 1/2 and mean 1/2, so p = 1/2 and P(Y = 0) = sqrt(1/2).
    const { expected, pValue } = sameHours(windows([[0, 7]]), { count: 1, exposure: 7 }, 0.01);
    expect(expected).toBe(0.5);
    expect(pValue).toBeCloseTo(1 - Math.SQRT1_2, 14);
  });

  test("weeks that vary tell less, and say that the next one varies as well", () => {
    // 5 and 15 around a rate of 10.25: Pearson 27.5625 / 10.25 + 22.5625 / 10.25 = 4.890, on one degree of freedom.
    const { expected, pValue } = sameHours(
      windows([
        [5, 1],
        [15, 1],
      ]),
      { count: 1, exposure: 1 },
      0.01,
    );
    // The next count varies by that as well: variance phi (10.25 + 10.25^2 / 20.5) = 10.25 + 10.25^2 / theta.
    const phi = (5.25 ** 2 + 4.75 ** 2) / 10.25;
    const theta = 10.25 ** 2 / (phi * (10.25 + 10.25 ** 2 / 20.5) - 10.25);
    expect(expected).toBe(10.25);
    expect(pValue).toBeCloseTo(1 - (theta / (theta + 10.25)) ** theta, 12);
  });

  test("an empty past and an exposure of nothing are errors of whoever calls", () => {
    expect(() => sameHours([], { count: 1, exposure: 1 }, 0.01)).toThrow("at least one past window");
    for (const exposure of [0, -1, Number.NaN]) {
      expect(() => sameHours(windows([[1, exposure]]), { count: 1, exposure: 1 }, 0.01)).toThrow(RangeError);
      expect(() => sameHours(windows([[1, 1]]), { count: 1, exposure }, 0.01)).toThrow(RangeError);
    }
  });
});

/*
 * scipy 1.17.1, Python 3: shape = sum(counts) + 0.5, mean = shape / sum(exposures) * exposure now,
 * phi = max(1, sum((count - rate e)^2 / (rate e)) / (n - 1)), theta = 1 / ((phi - 1) / mean + phi / shape), so that the
 * variance is phi (mean + mean^2 / shape), p = theta / (theta + mean);
 * nbinom.ppf(1 - alpha, theta, p) and nbinom.sf(count - 1, theta, p).
 */
const REFERENCE: [[number, number][], [number, number], number, number, number, number][] = [
  [
    [
      [3, 10],
      [5, 10],
      [4, 10],
      [4, 10],
    ],
    [12, 10],
    0.001,
    4.125,
    13,
    0.004154050386739026,
  ],
  [[[0, 7]], [3, 7], 1e-5, 0.5, 14, 0.04982526278057676],
  [
    [
      [10, 100],
      [40, 100],
      [22, 100],
      [8, 100],
    ],
    [60, 100],
    1e-5,
    20.125,
    171,
    0.030583065820170147,
  ],
  [
    [
      [200, 1000],
      [190, 900],
      [230, 1200],
    ],
    [1000, 5000],
    0.0001,
    1000.8064516129033,
    1200,
    0.5047000785770952,
  ],
  [
    [
      [1, 50],
      [0, 40],
      [2, 60],
      [1, 50],
    ],
    [9, 500],
    1e-5,
    11.25,
    56,
    0.6214471001493193,
  ],
  [
    [
      [20, 400],
      [21, 410],
      [19, 395],
      [20, 405],
    ],
    [70, 400],
    1e-9,
    20.0,
    59,
    1.2205848102264707e-13,
  ],
];

describe("against scipy", () => {
  test.each(REFERENCE)("%j then %j", (history, [count, exposure], alpha, mean, upper, pValue) => {
    const got = sameHours(windows(history), { count, exposure }, alpha);
    expect(got.expected / mean).toBeCloseTo(1, 13);
    expect(got.upper).toBe(upper);
    expect(got.pValue / pValue).toBeCloseTo(1, 9);
  });
});

describe("laws", () => {
  const window = fc.record({
    count: fc.integer({ min: 0, max: 300 }),
    exposure: fc.double({ min: 1, max: 1e4, noNaN: true }),
  });
  const history = fc.array(window, { minLength: 1, maxLength: 6 });
  const alpha = fc.constantFrom(1e-5, 1e-3, 0.05);

  test("the more were seen, the less it is by chance", () => {
    fc.assert(
      fc.property(history, window, fc.integer({ min: 1, max: 50 }), alpha, (past, now, more, a) => {
        const less = sameHours(past, now, a);
        const seen = sameHours(past, { ...now, count: now.count + more }, a);
        expect(seen.pValue).toBeLessThanOrEqual(less.pValue);
        expect([seen.upper, seen.expected]).toEqual([less.upper, less.expected]);
        expect(less.pValue).toBeLessThanOrEqual(1);
        expect(sameHours(past, { ...now, count: 0 }, a).pValue).toBe(1);
      }),
    );
  });

  test("above the bound is improbable, at the bound is not", () => {
    fc.assert(
      fc.property(history, window, alpha, (past, now, a) => {
        const { upper } = sameHours(past, now, a);
        expect(sameHours(past, { ...now, count: upper + 1 }, a).pValue).toBeLessThanOrEqual(a * (1 + 1e-9));
        if (upper > 0) expect(sameHours(past, { ...now, count: upper }, a).pValue).toBeGreaterThan(a * (1 - 1e-9));
      }),
    );
  });

  test("more weeks at the same rate draw the bound closer", () => {
    fc.assert(
      fc.property(window, fc.integer({ min: 1, max: 6 }), alpha, ({ count, exposure }, weeks, a) => {
        const past = (n: number) => Array.from({ length: n }, () => ({ count: count + 1, exposure }));
        const bound = (n: number) => sameHours(past(n), { count: 0, exposure }, a).upper;
        expect(bound(weeks + 1)).toBeLessThanOrEqual(bound(weeks));
        expect(bound(60)).toBeLessThan(bound(1));
      }),
    );
  });

  test("the unit of exposure and the order of the weeks do not matter", () => {
    fc.assert(
      fc.property(history, window, fc.integer({ min: -10, max: 10 }), alpha, (past, now, power, a) => {
        const scale = ({ count, exposure }: Window) => ({ count, exposure: exposure * 2 ** power });
        expect(sameHours(past.map(scale), scale(now), a)).toEqual(sameHours(past, now, a));
        const turned = sameHours([...past].reverse(), now, a);
        expect(turned.pValue).toBeCloseTo(sameHours(past, now, a).pValue, 10);
      }),
    );
  });

  test("five times the exposure expects five times as many", () => {
    fc.assert(
      fc.property(history, window, (past, now) => {
        const five = sameHours(past, { ...now, exposure: 5 * now.exposure }, 0.01);
        expect(five.expected / sameHours(past, now, 0.01).expected).toBeCloseTo(5, 10);
      }),
    );
  });
});

describe("false alarms", () => {
  /** Share of windows that alarm when nothing is wrong; rates, weeks and counts are drawn by a seed. */
  function share(alpha: number, theta: number, mean: number, rounds: number): number {
    const random = seededRandom(20260302);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const gamma = (shape: number): number => {
      // Marsaglia and Tsang (2000), for shapes of 1 and more.
      const d = shape - 1 / 3;
      for (;;) {
        const z = normal();
        const v = (1 + z / Math.sqrt(9 * d)) ** 3;
        if (v > 0 && Math.log(1 - random()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v;
      }
    };
    const poisson = (rate: number): number => {
      let count = -1;
      for (let passed = 0; passed < rate; count += 1) passed -= Math.log(1 - random());
      return count;
    };
    const draw = (exposure: number) => ({
      count: Math.max(0, poisson(mean * exposure * (Number.isFinite(theta) ? gamma(theta) / theta : 1))),
      exposure,
    });
    let alarms = 0;
    for (let round = 0; round < rounds; round += 1) {
      const past = Array.from({ length: 4 }, () => draw(0.5 + random()));
      if (sameHours(past, draw(0.5 + random()), alpha).pValue < alpha) alarms += 1;
    }
    return alarms / rounds;
  }
  const ROUNDS = 20_000;
  /** Three standard errors of a share. */
  const doubt = (alpha: number) => 3 * Math.sqrt((alpha * (1 - alpha)) / ROUNDS);

  test.each([0.5, 3, 20, 100])("at a mean of %d with nothing but chance: no more than was asked for", (mean) => {
    for (const alpha of [0.01, 0.05]) {
      const found = share(alpha, Number.POSITIVE_INFINITY, mean, ROUNDS);
      expect(found).toBeLessThanOrEqual(alpha + doubt(alpha));
    }
  });

  test("they do happen: a bound that nothing passes would be no bound", () => {
    expect(share(0.05, Number.POSITIVE_INFINITY, 20, ROUNDS)).toBeGreaterThan(0.01);
  });

  // Four weeks tell the spread of weeks on three degrees of freedom: what that costs is bounded here, and is not nothing.
  test.each([
    [3, 5],
    [20, 20],
    [100, 100],
  ])("at a mean of %d with weeks that vary (theta %d): at most three times what was asked for", (mean, theta) => {
    expect(share(0.01, theta, mean, ROUNDS)).toBeLessThanOrEqual(0.03);
  });
});
