import { digamma, trigamma } from "../math/gamma.ts";
import { negativeBinomialLogPmf } from "../math/negative-binomial.ts";
import { fitLogLinear } from "./log-linear.ts";

/** Log-linear design of level, optional trend and S harmonics of the year at step t (1-based), column after column. */
export function seasonalRow(t: number, freq: number, harmonics: number, trend: boolean): Float64Array {
  const row = [1];
  if (trend) row.push(t);
  for (let s = 1; s <= harmonics; s++) {
    const angle = (2 * Math.PI * s * t) / freq;
    row.push(Math.cos(angle), Math.sin(angle));
  }
  return Float64Array.from(row);
}

/** The known steps before `from` as a design (column after column) and their counts. */
export function seasonalHistory(
  counts: Float64Array,
  from: number,
  freq: number,
  harmonics: number,
  trend: boolean,
): { x: Float64Array; y: Float64Array } {
  const steps: number[] = [];
  for (let t = 0; t < from; t++) if (!Number.isNaN(counts[t] as number)) steps.push(t);
  const p = 1 + (trend ? 1 : 0) + 2 * harmonics;
  const x = new Float64Array(steps.length * p);
  steps.forEach((t, i) => {
    seasonalRow(t + 1, freq, harmonics, trend).forEach((v, j) => {
      x[j * steps.length + i] = v;
    });
  });
  return { x, y: Float64Array.from(steps, (t) => counts[t] as number) };
}

/**
 * Means of steps from..n-1 by a log-linear regression on level, optional trend and S harmonics of all steps before.
 * With `poisson` false the counts are negative binomial and theta is fitted in turn with the coefficients, stopping where
 * MASS::glm.nb stops, since likelihood ratios summed over long windows still show the difference.
 * @returns theta is Infinity for the Poisson
 */
export function seasonalMean(
  counts: Float64Array,
  from: number,
  freq: number,
  { S, trend, poisson }: { readonly S: number; readonly trend: boolean; readonly poisson: boolean },
): { mean: Float64Array; theta: number } {
  const { x, y } = seasonalHistory(counts, from, freq, S, trend);
  let fit = fitLogLinear(x, y);
  let theta = Number.POSITIVE_INFINITY;
  if (!poisson) {
    let means = fit.fitted;
    theta = likelyTheta(y, means);
    let likelihood = logLikelihood(y, means, theta);
    const scale = Math.sqrt(2 * Math.max(1, fit.residualDf));
    for (let change = Number.POSITIVE_INFINITY, round = 0; change > 1e-8 && round < 25; round++) {
      fit = fitLogLinear(x, y, { theta, start: means });
      const next = likelyTheta(y, means);
      means = fit.fitted;
      const nextLikelihood = logLikelihood(y, means, next);
      change = Math.abs(likelihood - nextLikelihood) / scale + Math.abs(theta - next);
      theta = next;
      likelihood = nextLikelihood;
    }
  }
  return { mean: extrapolate(fit.coefficients, from, counts.length, freq, S, trend), theta };
}

/** Size of the negative binomial by Newton's method from its moment estimate. @see Venables and Ripley (2002) */
function likelyTheta(y: Float64Array, mu: Float64Array): number {
  let theta = y.length / y.reduce((sum, c, i) => sum + (c / (mu[i] as number) - 1) ** 2, 0);
  let step = 1;
  for (let round = 0; Math.abs(step) > Number.EPSILON ** 0.25 && round < 25; round++) {
    theta = Math.abs(theta);
    let score = 0;
    let information = 0;
    for (let i = 0; i < y.length; i++) {
      const c = (y[i] as number) + theta;
      const m = (mu[i] as number) + theta;
      score += digamma(c) - digamma(theta) + Math.log(theta) + 1 - Math.log(m) - c / m;
      information += trigamma(theta) - trigamma(c) - 1 / theta + 2 / m - c / (m * m);
    }
    step = score / information;
    theta += step;
  }
  return theta > 0 ? theta : Number.POSITIVE_INFINITY;
}

function logLikelihood(y: Float64Array, mu: Float64Array, theta: number): number {
  return y.reduce((sum, c, i) => sum + negativeBinomialLogPmf(c, mu[i] as number, theta), 0);
}

/** exp of the linear predictor at steps from..n-1. */
export function extrapolate(
  coefficients: Float64Array,
  from: number,
  n: number,
  freq: number,
  harmonics: number,
  trend: boolean,
): Float64Array {
  return Float64Array.from({ length: n - from }, (_, i) => {
    const row = seasonalRow(from + i + 1, freq, harmonics, trend);
    return Math.exp(row.reduce((sum, v, j) => sum + v * (coefficients[j] as number), 0));
  });
}
