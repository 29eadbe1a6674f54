import { logPoissonKernel } from "./gamma.ts";
import { incompleteGamma, type Tails } from "./incomplete.ts";
import { normalQuantile } from "./normal.ts";
import { checkProbability, integerQuantile } from "./quantile.ts";

/** log P(Y = y) for Y ~ Poisson(mean), mean >= 0; -Infinity off the non-negative integers. */
export function poissonLogPmf(y: number, mean: number): number {
  return Number.isInteger(y) && y >= 0 ? logPoissonKernel(y, mean) : Number.NEGATIVE_INFINITY;
}

/** P(Y = y). */
export function poissonPmf(y: number, mean: number): number {
  return Math.exp(poissonLogPmf(y, mean));
}

/** P(Y <= y). */
export function poissonCdf(y: number, mean: number): number {
  return tails(y, mean).lower;
}

/** P(Y >= y): the tail an alarm follows, accurate far out. Note that y itself is included. */
export function poissonUpperTail(y: number, mean: number): number {
  return tails(Math.ceil(y) - 1, mean).upper;
}

/** Smallest k with P(Y <= k) >= p. */
export function poissonQuantile(p: number, mean: number): number {
  checkProbability(p);
  if (mean === 0) return 0;
  const spread = Math.sqrt(mean);
  const z = normalQuantile(Math.min(Math.max(p, 1e-300), 1 - 1e-16));
  return integerQuantile(p, (k) => tails(k, mean), mean + spread * z + (z * z - 1) / 6 - 0.5, spread);
}

function tails(y: number, mean: number): Tails {
  if (Number.isNaN(y) || !(mean >= 0)) return { lower: Number.NaN, upper: Number.NaN };
  if (y < 0) return { lower: 0, upper: 1 };
  if (y === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  const t = incompleteGamma(Math.floor(y) + 1, mean);
  return { lower: t.upper, upper: t.lower };
}
