import { expect, test } from "vitest";
import { standardise } from "../../forecasting/allocation/standardise.ts";
import { allocate, probabilityOfBest } from "../../forecasting/allocation/weights.ts";

test("the better carrier wins, though it serves the harder lanes and looks worse in all (Simpson's paradox)", () => {
  const cells = [
    { stratum: "hard", candidate: "good", n: 900, good: 630 },
    { stratum: "easy", candidate: "good", n: 100, good: 97 },
    { stratum: "hard", candidate: "poor", n: 100, good: 50 },
    { stratum: "easy", candidate: "poor", n: 900, good: 810 },
  ];
  const standings = standardise(cells);
  const [good, poor] = standings;
  expect((good?.good ?? 0) / (good?.n ?? 1)).toBeLessThan((poor?.good ?? 0) / (poor?.n ?? 1));
  expect(good?.lower).toBeGreaterThan(poor?.upper ?? 1);
  // By hand, half of the volume on each lane: (0.70 + 0.97) / 2 and (0.50 + 0.90) / 2.
  expect(good?.share).toBeCloseTo(0.835, 1);
  expect(poor?.share).toBeCloseTo(0.7, 1);
  const contenders = standings.map((standing) => ({ ...standing, volume: 1000 }));
  expect(probabilityOfBest(contenders)[0]).toBeGreaterThan(0.99);
  expect(allocate(contenders)[0]).toBeCloseTo(0.75, 2);
});

test("the order of cells changes nothing, and few orders say little", () => {
  const cells = [
    { stratum: "a", candidate: "x", n: 2, good: 2 },
    { stratum: "a", candidate: "y", n: 500, good: 450 },
  ];
  expect(standardise([...cells].reverse())).toEqual(standardise(cells));
  const [x, y] = standardise(cells);
  expect(x?.share).toBeLessThan(0.97);
  expect((x?.upper ?? 0) - (x?.lower ?? 1)).toBeGreaterThan(3 * ((y?.upper ?? 0) - (y?.lower ?? 1)));
});

test("nobody is given more than it can grow to, nor nothing; all is given", () => {
  const weights = allocate([
    { share: 0.99, error: 0.001, volume: 10 },
    { share: 0.5, error: 0.01, volume: 45 },
    { share: 0.6, error: 0.01, volume: 45 },
  ]);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  expect(weights[0]).toBeCloseTo(0.15, 6);
  expect(weights[1]).toBeGreaterThanOrEqual(0.09 - 1e-9);
  expect(() => standardise([{ stratum: "a", candidate: "x", n: 1, good: 2 }])).toThrow(RangeError);
});
