import fc from "fast-check";
import { expect, test } from "vitest";
import { design } from "../../forecasting/detectors/tocsin/design.ts";
import { gather, iterate } from "../../forecasting/detectors/tocsin/newton.ts";
import { negativeBinomialCount } from "../../forecasting/detectors/tocsin/sampling.ts";
import { between, quickExp } from "../../forecasting/math/exp.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

test("the quick exponential is the exponential", () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(Math.abs(quickExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
    }),
    { numRuns: 2000 },
  );
  expect(quickExp(0)).toBe(1);
  expect(quickExp(Number.NaN)).toBeNaN();
  expect([between(1, 0, 3), between(1, 2, 3), between(1, 4, 3), between(1, Number.NaN, 3)]).toEqual([
    1,
    2,
    3,
    Number.NaN,
  ]);
});

/** Cycles that give no, one and several dense columns besides the trend, with and without levels. */
const CYCLES = fc.constantFrom(
  [],
  [{ period: 7, levels: true }],
  [{ period: 2 }, { period: 5, levels: true }],
  [
    { period: 30, harmonics: 2 },
    { period: 7, levels: true },
  ],
  [{ period: 4, levels: true }, { period: 7, levels: true }, { period: 40 }],
);

test("the fit leaves nothing of the gradient, and its factor is that of X'WX, whatever steps are missing", () => {
  const missing = fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 40 });
  fc.assert(
    fc.property(CYCLES, missing, fc.boolean(), fc.integer({ min: 1, max: 1000 }), (cycles, holes, withOffset, seed) => {
      const n = 120;
      const random = seededRandom(seed);
      const columns = design(n, n, true, cycles, []);
      const y = Float64Array.from({ length: n }, (_, t) => negativeBinomialCount(random, 3 + (t % 7), 5));
      const offset = withOffset ? Float64Array.from({ length: n }, () => random() - 0.5) : undefined;
      const steps = Int32Array.from({ length: n }, (_, t) => t).filter((t) => !holes.includes(t));
      const rows = gather(columns, y, offset, steps);
      for (let i = 0; i < rows.weights.length; i += 9) rows.weights[i] = 0.3;
      const { p } = columns;
      const beta = new Float64Array(p);
      const factor = new Float64Array(p * p);
      for (let round = 0; round < 4; round++) iterate(rows, { beta, factor }, true);
      expect([...rows.rows].sort((a, b) => a - b)).toEqual([...steps]);
      const x = (t: number) => {
        const row = new Float64Array(p);
        for (const [j, column] of columns.dense.entries()) row[j] = column[t] as number;
        const level = columns.level[t] as number;
        if (level > 0) row[level] = 1;
        return row;
      };
      const gradient = new Float64Array(p);
      const information = new Float64Array(p * p);
      for (const [i, t] of rows.rows.entries()) {
        const row = x(t);
        const w = rows.weights[i] as number;
        const mu = Math.exp(row.reduce((sum, v, j) => sum + v * (beta[j] as number), offset?.[t] ?? 0));
        expect(rows.mu[i]).toBeCloseTo(mu, 6);
        for (let j = 0; j < p; j++) {
          gradient[j] = (gradient[j] as number) + w * ((y[t] as number) - mu) * (row[j] as number);
          for (let k = 0; k <= j; k++) {
            information[j * p + k] =
              (information[j * p + k] as number) + w * mu * (row[j] as number) * (row[k] as number);
          }
        }
      }
      for (let j = 0; j < p; j++) {
        const ridge = j > 0 ? 1e-4 : 0;
        expect((gradient[j] as number) - ridge * (beta[j] as number)).toBeCloseTo(0, 5);
        for (let k = 0; k <= j; k++) {
          let product = 0;
          for (let i = 0; i <= k; i++) product += (factor[j * p + i] as number) * (factor[k * p + i] as number);
          expect(product).toBeCloseTo((information[j * p + k] as number) + (j === k ? ridge : 0), 5);
        }
      }
    }),
    { numRuns: 60 },
  );
});
