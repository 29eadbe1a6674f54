import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binomial, gammaLog, gaussian, negativeBinomial, poisson } from "../../forecasting/glm/family.ts";
import { fitGlm } from "../../forecasting/glm/fit.ts";
import { fitNegativeBinomial } from "../../forecasting/glm/negative-binomial.ts";
import { MAX_THETA } from "../../forecasting/glm/theta.ts";
import { dataPath, describeWithData } from "./data.ts";

function close(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6) {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    const e = expected[i] as number;
    expect(Math.abs((got[i] as number) - e), `at ${i}: ${got[i]} for ${e}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(e)),
    );
  }
}

describeWithData("R's glm and MASS::glm.nb to 1e-6", "reference/glm", () => {
  let files: string[] = [];
  try {
    files = readdirSync(dataPath("reference/glm"));
  } catch {}
  test.each(files)("%s", (file) => {
    const r = JSON.parse(readFileSync(dataPath("reference/glm", file), "utf8"));
    const n = r.y.length;
    const p = r.terms.length;
    const input = {
      x: Float64Array.from(r.X.flat()),
      n,
      p,
      y: Float64Array.from(r.y),
      offset: Float64Array.from(r.offset),
      weights: Float64Array.from(r.weights),
    };
    const pois = fitGlm({ ...input, family: poisson });
    close(pois.coefficients, r.poisson.coef);
    close(pois.standardErrors, r.poisson.se);
    close([pois.deviance, pois.dispersion], [r.poisson.deviance, r.poisson.pearson_dispersion]);
    close(pois.fitted.slice(0, 20), r.poisson.fitted_head);
    expect(pois.hat.reduce((a, b) => a + b, 0)).toBeCloseTo(p, 8);
    const nb = fitNegativeBinomial(input);
    expect(nb.converged).toBe(true);
    close(nb.coefficients, r.negbin.coef);
    close(nb.standardErrors, r.negbin.se);
    close([nb.theta, nb.thetaStandardError], [r.negbin.theta, r.negbin.se_theta], 1e-5);
    close([nb.deviance, nb.twiceLogLikelihood], [r.negbin.deviance, r.negbin.twologlik]);
    close(nb.fitted.slice(0, 20), r.negbin.fitted_head);
  });
});

describe("worked examples and laws", () => {
  const ones = (n: number) => new Float64Array(n).fill(1);

  test("an intercept alone is the log of the weighted mean rate", () => {
    const y = Float64Array.of(3, 5, 10);
    const offset = Float64Array.of(1, 2, 4).map(Math.log);
    const fit = fitGlm({ x: ones(3), n: 3, p: 1, y, offset, family: poisson });
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(18 / 7), 12);
    expect(fit.standardErrors[0]).toBeCloseTo(1 / Math.sqrt(18), 10);
  });

  test("gaussian is least squares: a line through exact points", () => {
    const x = Float64Array.of(1, 0, 1, 1, 1, 2, 1, 5);
    const fit = fitGlm({ x, n: 4, p: 2, y: Float64Array.of(1, 3, 5, 11), family: gaussian });
    close(fit.coefficients, [1, 2], 1e-12);
  });

  test("binomial with trials as weights is the log odds", () => {
    const fit = fitGlm({
      x: ones(2),
      n: 2,
      p: 1,
      y: Float64Array.of(0.2, 0.6),
      weights: Float64Array.of(10, 30),
      family: binomial,
    });
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(0.5 / 0.5), 10);
    expect(fitGlm({ x: ones(2), n: 2, p: 1, y: Float64Array.of(2, 4), family: gammaLog }).coefficients[0]).toBeCloseTo(
      Math.log(3),
      10,
    );
  });

  test("a repeated column is dropped and named, the fit is unchanged", () => {
    const base = [1, 0.3, 1, 1.7, 1, 2.2, 1, 3.9, 1, 5];
    const twice = base.flatMap((v, i) => (i % 2 ? [v, v] : [v]));
    const y = Float64Array.of(1, 2, 2, 6, 9);
    const a = fitGlm({ x: Float64Array.from(base), n: 5, p: 2, y, family: poisson });
    const b = fitGlm({ x: Float64Array.from(twice), n: 5, p: 3, y, family: poisson });
    expect(b.aliased).toEqual([2]);
    expect(b.standardErrors[2]).toBeNaN();
    close(b.fitted, a.fitted, 1e-10);
  });

  test("weight 2 is the observation twice, weight 0 is absence; units of a column do not matter", () => {
    const row = fc.tuple(
      fc.integer({ min: -20, max: 20 }).map((v) => v / 10),
      fc.nat(40),
      fc.nat(2),
    );
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 8, maxLength: 30 }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        (rows, unit) => {
          const design = (list: typeof rows, k: number) => Float64Array.from(list.flatMap(([x]) => [1, x * k]));
          const repeated = rows.flatMap((r) => Array.from({ length: r[2] }, () => r));
          fc.pre(new Set(repeated.map((r) => r[0])).size > 2 && repeated.some((r) => r[1] > 0));
          const family = negativeBinomial(2.5);
          const ridge = 0.1;
          const a = fitGlm({
            x: design(rows, 1),
            n: rows.length,
            p: 2,
            y: Float64Array.from(rows, (r) => r[1]),
            weights: Float64Array.from(rows, (r) => r[2]),
            family,
            ridge: Float64Array.of(0, ridge),
          });
          const b = fitGlm({
            x: design(repeated, unit),
            n: repeated.length,
            p: 2,
            y: Float64Array.from(repeated, (r) => r[1]),
            family,
            ridge: Float64Array.of(0, ridge * unit * unit),
          });
          expect(b.coefficients[0]).toBeCloseTo(a.coefficients[0] as number, 5);
          expect((b.coefficients[1] as number) * unit).toBeCloseTo(a.coefficients[1] as number, 5);
        },
      ),
    );
  });

  test("ridge shrinks slopes and leaves the intercept", () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => (i % 2 ? (i >> 1) / 20 : 1));
    const y = Float64Array.from({ length: 20 }, (_, i) => Math.round(Math.exp(1 + i / 10)));
    const slopes = [0, 10, 1e3, 1e9].map((ridge) => fitGlm({ x, n: 20, p: 2, y, family: poisson, ridge }));
    for (let i = 1; i < slopes.length; i++) {
      expect(slopes[i]?.coefficients[1]).toBeLessThan(slopes[i - 1]?.coefficients[1] as number);
    }
    expect(slopes[3]?.coefficients[0]).toBeCloseTo(Math.log(y.reduce((a, b) => a + b) / 20), 4);
  });

  test("counts without overdispersion end at the Poisson", () => {
    const y = Float64Array.from({ length: 60 }, (_, i) => 10 + (i % 3));
    const fit = fitNegativeBinomial({ x: ones(60), n: 60, p: 1, y });
    expect(fit.theta).toBe(MAX_THETA);
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(11), 9);
  });

  test("all zeros and wrong input", () => {
    const zero = fitNegativeBinomial({ x: ones(20), n: 20, p: 1, y: new Float64Array(20) });
    expect(zero.fitted[0]).toBeLessThan(1e-6);
    expect(() => fitGlm({ x: ones(2), n: 2, p: 1, y: Float64Array.of(1, -1), family: poisson })).toThrow(
      "expected >= 0 for poisson, got -1 in row 1",
    );
    expect(() => fitGlm({ x: ones(3), n: 2, p: 1, y: ones(2), family: poisson })).toThrow(
      "x: expected length 2, got 3",
    );
    expect(() => fitGlm({ x: Float64Array.of(1, Number.NaN), n: 2, p: 1, y: ones(2), family: poisson })).toThrow(
      "row 1, column 0",
    );
    expect(() => negativeBinomial(0)).toThrow("theta: expected > 0, got 0");
  });
});
