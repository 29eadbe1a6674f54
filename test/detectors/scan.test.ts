import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flexibleSets, wholeSets } from "../../forecasting/detectors/scan/flexible-zones.ts";
import { scanKernel } from "../../forecasting/detectors/scan/kernel.ts";
import { SCAN_DEFAULTS, scan } from "../../forecasting/detectors/scan/scan.ts";
import { clusterLogRatio, excessScale, type Statistic } from "../../forecasting/detectors/scan/statistic.ts";
import { allExcesses, fillBounds, strongest, zoneCount } from "../../forecasting/detectors/scan/strongest.ts";
import { timeWindows, windowSums } from "../../forecasting/detectors/scan/windows.ts";
import { circles, euclidean, greatCircle } from "../../forecasting/detectors/scan/zones.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

const free = { maxPopulation: 0.5, maxRadius: Number.POSITIVE_INFINITY };
const line = (n: number) => Array.from({ length: n }, (_, x) => ({ x, y: 0 }));
const statistics: Statistic[] = ["kulldorff", "expectation"];

test("Kulldorff's ratio by hand: 10 of 20 cases where 5 are expected", () => {
  expect(clusterLogRatio("kulldorff", 10, 5, 20)).toBeCloseTo(10 * Math.log(2) + 10 * Math.log(10 / 15), 12);
  expect(clusterLogRatio("kulldorff", 4, 5, 20)).toBe(0);
});

test.each(statistics)("%s: the quick bound never loses a window that would count", (statistic) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0.001, max: 0.999, noNaN: true }), (c, share) => {
      const total = 500;
      const expected = share * c;
      const llr = clusterLogRatio(statistic, c, expected, total);
      expect((c - expected) ** 2).toBeGreaterThanOrEqual(excessScale(statistic, expected, total) * llr * (1 - 1e-9));
    }),
  );
});

test.each(statistics)("%s: the kernel finds what looking everywhere finds", (statistic) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      const [locations, steps, sets] = [7, 5, 4];
      const points = Array.from({ length: locations }, () => ({ lat: 30 * random(), lon: 30 * random() }));
      const population = Float64Array.from(points, () => 1 + random());
      const zones = circles(greatCircle(points), population, free);
      const windows = timeWindows(steps, "retrospective", 3);
      const data = Array.from({ length: sets }, () =>
        Float64Array.from({ length: locations * steps }, () => Math.floor(4 * random() ** 2)),
      );
      const total = 60;
      const expectedCells = new Float64Array(locations * steps).fill(total / locations / steps);
      const expected = new Float64Array(locations * windows.length);
      windowSums(expectedCells, steps, windows, expected);
      const search = { zones, windows: windows.length, statistic, total, minCases: 2, expected };
      const kernel = scanKernel(locations, windows.length, zoneCount(zones), sets);
      fillBounds(search, kernel);
      data.forEach((cells, r) => {
        windowSums(cells, steps, windows, kernel.sums, sets, r);
      });
      const best = strongest(search, kernel);
      data.forEach((cells, r) => {
        const sums = new Float64Array(locations * windows.length);
        windowSums(cells, steps, windows, sums);
        expect(best[r]).toBeCloseTo(allExcesses(search, sums)[0]?.llr ?? 0, 9);
      });
    }),
    { numRuns: 40 },
  );
});

describe("a planted cluster", () => {
  const [locations, steps] = [12, 10];
  const random = seededRandom(4);
  const baseline = new Float64Array(locations * steps).fill(4);
  const cases = baseline.map(() => Math.floor(3 + 3 * random()));
  for (const l of [3, 4, 5]) for (const t of [7, 8, 9]) cases[l * steps + t] = 14;
  const zones = circles(euclidean(line(locations)), new Float64Array(locations).fill(1), free);

  test("is found where and when it is, for Poisson and permutation models", async () => {
    for (const model of ["poisson", "permutation"] as const) {
      const [first] = await scan(
        { cases, baseline, steps, zones },
        { ...SCAN_DEFAULTS, model, maxDuration: 5, replicas: 99 },
      );
      expect([...(first?.members ?? [])].sort()).toEqual([3, 4, 5]);
      expect(first?.window).toEqual({ first: 7, last: 9 });
      expect(first?.observed).toBe(126);
      expect(first?.pvalue).toBe(0.01);
      expect(first?.gumbel).toBeLessThan(0.001);
      expect(first?.recurrence).toBe(100);
    }
  });

  test("clusters share no location", async () => {
    const found = await scan(
      { cases, baseline, steps, zones },
      { ...SCAN_DEFAULTS, extent: "retrospective", maxDuration: 4 },
    );
    const members = found.flatMap((c) => c.members);
    expect(new Set(members).size).toBe(members.length);
    expect(found.map((c) => c.llr)).toEqual(found.map((c) => c.llr).sort((a, b) => b - a));
  });

  test("of any connected shape is found whole, when no circle fits it", async () => {
    // A ring of eight around an empty middle.
    const ring = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => ({
      x: Math.cos((k * Math.PI) / 4),
      y: Math.sin((k * Math.PI) / 4),
    }));
    const points = [...ring, { x: 0, y: 0 }, ...line(12).map(({ x }) => ({ x: 10 + x, y: 0 }))];
    const adjacent = points.map((_, i) =>
      i < 8 ? [(i + 1) % 8, (i + 7) % 8, 8] : i === 8 ? [0, 1, 2, 3, 4, 5, 6, 7] : [],
    );
    const population = new Float64Array(points.length).fill(1);
    const sets = flexibleSets(euclidean(points), adjacent, population, 9, free);
    const counts = Float64Array.from(points, (_, i) => (i < 4 ? 30 : 10));
    const [first] = await scan(
      { cases: counts, baseline: population, steps: 1, zones: wholeSets(sets) },
      { ...SCAN_DEFAULTS, extent: "spatial", replicas: 19 },
    );
    expect([...(first?.members ?? [])].sort()).toEqual([0, 1, 2, 3]);
  });
});

test("connected sets: a line of five has the stretches about each centre, and no set twice", () => {
  const adjacent = [[1], [0, 2], [1, 3], [2, 4], [3]];
  const sets = flexibleSets(euclidean(line(5)), adjacent, new Float64Array(5).fill(1), 3, {
    ...free,
    maxPopulation: 1,
  });
  const names = sets.map((s) => s.join());
  expect(new Set(names).size).toBe(names.length);
  expect(names.sort()).toEqual(["0", "0,1", "0,1,2", "1", "1,2", "1,2,3", "2", "2,3", "2,3,4", "3", "3,4", "4"]);
});

test("when nothing happens p-values are even", async () => {
  const random = seededRandom(8);
  const [locations, steps] = [9, 6];
  const baseline = new Float64Array(locations * steps).fill(1);
  const zones = circles(euclidean(line(locations)), new Float64Array(locations).fill(1), free);
  let below = 0;
  const runs = 150;
  for (let r = 0; r < runs; r++) {
    const cases = new Float64Array(locations * steps);
    for (let i = 0; i < 60; i++) {
      const cell = Math.floor(random() * cases.length);
      cases[cell] = (cases[cell] as number) + 1;
    }
    const [first] = await scan({ cases, baseline, steps, zones }, { ...SCAN_DEFAULTS, replicas: 49, seed: r });
    if ((first?.pvalue ?? 1) <= 0.2) below++;
  }
  expect(below / runs).toBeGreaterThan(0.1);
  expect(below / runs).toBeLessThan(0.32);
});

test("one thread or three simulate the same", async () => {
  const [locations, steps] = [60, 6];
  const random = seededRandom(3);
  const cases = Float64Array.from({ length: locations * steps }, () => Math.floor(5 * random()));
  const zones = circles(euclidean(line(locations)), new Float64Array(locations).fill(1), free);
  for (const [model, statistic] of [
    ["poisson", "kulldorff"],
    ["poisson", "expectation"],
    ["permutation", "kulldorff"],
  ] as const) {
    const options = { ...SCAN_DEFAULTS, model, statistic, replicas: 3000 };
    const input = { cases, baseline: new Float64Array(cases.length).fill(2), steps, zones };
    const [alone, together] = [await scan(input, options, 1), await scan(input, options, 3)];
    expect(alone.length).toBeGreaterThan(0);
    expect(together).toEqual(alone);
  }
}, 60_000);

test("wrong shapes and counts say what was expected", async () => {
  const zones = circles(euclidean(line(2)), Float64Array.of(1, 1), free);
  const run = (cases: Float64Array, baseline: Float64Array | null) =>
    scan({ cases, baseline, steps: 2, zones }, SCAN_DEFAULTS);
  await expect(run(Float64Array.of(1, 2, 3, 0.5), Float64Array.of(1, 1, 1, 1))).rejects.toThrow("whole numbers");
  await expect(run(Float64Array.of(1, 2, 3, 4), null)).rejects.toThrow("baseline: expected 4");
});
