import { logBinomialKernel, logGamma, logPoissonKernel } from "./gamma.ts";
import { incompleteBeta, type Tails } from "./incomplete.ts";
import { normalQuantile } from "./normal.ts";
import { poissonCdf, poissonQuantile, poissonUpperTail } from "./poisson.ts";
import { checkProbability, integerQuantile } from "./quantile.ts";

// The negative binomial here is NB2: mean mu, variance mu + mu^2/theta. theta = Infinity is the Poisson.
const POISSON_THETA = 1e12;

/** log P(Y = y) for NB2(mean, theta); -Infinity off the non-negative integers. */
export function negativeBinomialLogPmf(y: number, mean: number, theta: number): number {
  if (!Number.isInteger(y) || y < 0) return Number.NEGATIVE_INFINITY;
  if (theta > POISSON_THETA * Math.max(1, y, mean)) return logPoissonKernel(y, mean);
  if (mean === 0) return y === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (y === 0) return -theta * Math.log1p(mean / theta);
  const p = theta / (theta + mean);
  const q = mean / (theta + mean);
  if (theta < 1e-3 * y || theta < 1) {
    return logGamma(y + theta) - logGamma(theta) - logGamma(y + 1) - theta * Math.log1p(mean / theta) + y * Math.log(q);
  }
  return Math.log(theta / (theta + y)) + logBinomialKernel(theta, theta + y, p, q);
}

/** P(Y = y). */
export function negativeBinomialPmf(y: number, mean: number, theta: number): number {
  return Math.exp(negativeBinomialLogPmf(y, mean, theta));
}

/** P(Y <= y). */
export function negativeBinomialCdf(y: number, mean: number, theta: number): number {
  return tails(y, mean, theta).lower;
}

/** P(Y >= y): the tail an alarm follows, accurate far out. Note that y itself is included. */
export function negativeBinomialUpperTail(y: number, mean: number, theta: number): number {
  return tails(Math.ceil(y) - 1, mean, theta).upper;
}

/** Smallest k with P(Y <= k) >= p. */
export function negativeBinomialQuantile(p: number, mean: number, theta: number): number {
  checkProbability(p);
  if (mean === 0) return 0;
  if (theta > POISSON_THETA * Math.max(1, mean)) return poissonQuantile(p, mean);
  const spread = Math.sqrt(mean + (mean * mean) / theta);
  const z = normalQuantile(Math.min(Math.max(p, 1e-300), 1 - 1e-16));
  const skew = (1 + (2 * mean) / theta) / spread;
  return integerQuantile(p, (k) => tails(k, mean, theta), mean + spread * (z + (skew * (z * z - 1)) / 6), spread);
}

function tails(y: number, mean: number, theta: number): Tails {
  if (Number.isNaN(y) || !(mean >= 0) || !(theta > 0)) return { lower: Number.NaN, upper: Number.NaN };
  if (y < 0) return { lower: 0, upper: 1 };
  if (y === Number.POSITIVE_INFINITY || mean === 0) return { lower: 1, upper: 0 };
  if (theta > POISSON_THETA * Math.max(1, y, mean)) {
    return { lower: poissonCdf(y, mean), upper: poissonUpperTail(Math.floor(y) + 1, mean) };
  }
  return incompleteBeta(theta, Math.floor(y) + 1, theta / (theta + mean), mean / (theta + mean));
}
