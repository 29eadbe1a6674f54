import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { betaCdf, betaPdf, betaQuantile } from "../../forecasting/math/beta.ts";
import { digamma, logGamma, trigamma } from "../../forecasting/math/gamma.ts";
import { incompleteBeta, incompleteGamma } from "../../forecasting/math/incomplete.ts";
import {
  negativeBinomialCdf,
  negativeBinomialPmf,
  negativeBinomialQuantile,
  negativeBinomialUpperTail,
} from "../../forecasting/math/negative-binomial.ts";
import { normalCdf, normalQuantile, normalUpperTail } from "../../forecasting/math/normal.ts";
import { poissonCdf, poissonPmf, poissonQuantile, poissonUpperTail } from "../../forecasting/math/poisson.ts";
import { studentCdf, studentQuantile } from "../../forecasting/math/student.ts";

type Rows = number[][];
// Made by reference/distributions.py (mpmath with 50 digits, scipy 1.17.1 for quantiles).
const reference: Record<string, Rows> = JSON.parse(
  readFileSync(new URL("reference/distributions.json", import.meta.url), "utf8"),
);

const functions: Record<string, (...args: number[]) => number | number[]> = {
  logGamma,
  digamma,
  trigamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
  gammaQ: (a, x) => Object.values(incompleteGamma(a as number, x as number)),
  betaI: (a, b, x) => Object.values(incompleteBeta(a as number, b as number, x as number)),
  poissonPmf,
  poissonUpper: poissonUpperTail,
  poissonQuantile,
  nbPmf: negativeBinomialPmf,
  nbCdf: negativeBinomialCdf,
  nbUpper: negativeBinomialUpperTail,
  nbQuantile: negativeBinomialQuantile,
  betaQuantile,
  betaPdf,
} as Record<string, (...args: number[]) => number | number[]>;

describe("against mpmath and scipy, relative error below 1e-10 in every tail", () => {
  test.each(Object.keys(reference))("%s", (name) => {
    const f = functions[name];
    if (!f) throw new Error(`no function for ${name}`);
    for (const row of reference[name] as Rows) {
      const got = [f(...row)].flat();
      const expected = row.slice(row.length - got.length);
      for (let i = 0; i < got.length; i++) {
        const error = Math.abs((got[i] as number) - (expected[i] as number));
        expect(error, `${name}(${row}) = ${got[i]}`).toBeLessThanOrEqual(
          1e-10 * Math.abs(expected[i] as number) + 1e-305,
        );
      }
    }
  });
});

describe("laws", () => {
  const mean = fc.double({ min: 1e-3, max: 5000, noNaN: true });
  const theta = fc.double({ min: 0.05, max: 1e5, noNaN: true });
  const probability = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });

  test("negative binomial: quantile is the smallest count that reaches p", () => {
    fc.assert(
      fc.property(probability, mean, theta, (p, m, t) => {
        const k = negativeBinomialQuantile(p, m, t);
        expect(negativeBinomialCdf(k, m, t)).toBeGreaterThanOrEqual(p * (1 - 1e-9));
        if (k > 0) expect(negativeBinomialCdf(k - 1, m, t)).toBeLessThan(p * (1 + 1e-9));
      }),
    );
  });

  test("lower and upper tails meet: P(Y <= k) + P(Y >= k) = 1 + P(Y = k)", () => {
    fc.assert(
      fc.property(fc.nat(3000), mean, theta, (k, m, t) => {
        const sum = negativeBinomialCdf(k, m, t) + negativeBinomialUpperTail(k, m, t);
        expect(sum).toBeCloseTo(1 + negativeBinomialPmf(k, m, t), 9);
        expect(poissonCdf(k, m) + poissonUpperTail(k, m)).toBeCloseTo(1 + poissonPmf(k, m), 9);
      }),
    );
  });

  test("quantiles invert distribution functions", () => {
    fc.assert(
      fc.property(probability, fc.double({ min: 0.3, max: 300, noNaN: true }), theta, (p, a, b) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 10);
        expect(studentCdf(studentQuantile(p, a), a)).toBeCloseTo(p, 9);
        expect(betaCdf(betaQuantile(p, a, 2 + Math.min(b, 500)), a, 2 + Math.min(b, 500))).toBeCloseTo(p, 9);
        const k = poissonQuantile(p, a);
        expect(poissonCdf(k, a)).toBeGreaterThanOrEqual(p * (1 - 1e-9));
      }),
    );
  });

  test("symmetry of the normal, and probabilities out of range are refused", () => {
    expect(normalUpperTail(9)).toBe(normalCdf(-9));
    expect(() => normalQuantile(1.2)).toThrow("expected 0..1, got 1.2");
    expect(() => negativeBinomialQuantile(-0.1, 1, 1)).toThrow(RangeError);
  });
});
