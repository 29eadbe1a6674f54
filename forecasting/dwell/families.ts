import { normalCdf, normalQuantile } from "../math/normal.ts";
import { middleOf, PER_E, sum, type Waits } from "./bins.ts";

/** Shapes of log(hours), standardised to mean 0 and variance 1. */
export const FAMILIES = ["log-normal", "log-logistic", "weibull", "frechet"] as const;
export type Family = (typeof FAMILIES)[number];

const EULER = 0.5772156649015329;
const GUMBEL_SD = Math.PI / Math.sqrt(6);
const LOGISTIC_SD = Math.PI / Math.sqrt(3);

interface Shape {
  readonly cdf: (z: number) => number;
  readonly quantile: (p: number) => number;
}

/** log of a Weibull is a Gumbel of minima, log of a Frechet one of maxima: the heavy tail. */
const SHAPES: Readonly<Record<Family, Shape>> = {
  "log-normal": { cdf: normalCdf, quantile: normalQuantile },
  "log-logistic": {
    cdf: (z) => 1 / (1 + Math.exp(-z * LOGISTIC_SD)),
    quantile: (p) => Math.log(p / (1 - p)) / LOGISTIC_SD,
  },
  weibull: {
    cdf: (z) => -Math.expm1(-Math.exp(z * GUMBEL_SD - EULER)),
    quantile: (p) => (Math.log(-Math.log1p(-p)) + EULER) / GUMBEL_SD,
  },
  frechet: {
    cdf: (z) => Math.exp(-Math.exp(-(z * GUMBEL_SD + EULER))),
    quantile: (p) => (-Math.log(-Math.log(p)) - EULER) / GUMBEL_SD,
  },
};

/** z with P(Z <= z) = p. */
export const standardQuantile = (family: Family, p: number): number => SHAPES[family].quantile(p);
export const standardCdf = (family: Family, z: number): number => SHAPES[family].cdf(z);

/** Waits and what was expected of them: the mean and standard deviation of log(hours). */
export interface Expected {
  readonly waits: Waits;
  readonly mean: number;
  readonly sd: number;
}

/**
 * Log-likelihood of waits under a family: of a bin for those that ended, of the rest of the axis for those going on.
 * A thousandth of everything may be anything, so that one freak does not decide.
 */
export function logLikelihood(family: Family, held: readonly Expected[]): number {
  const { cdf } = SHAPES[family];
  let total = 0;
  for (const { waits, mean, sd } of held) {
    waits.bins.forEach((bin, i) => {
      const [ended, going] = [waits.ended[i] as number, waits.going[i] as number];
      const low = cdf((bin / PER_E - mean) / sd);
      const high = cdf(((bin + 1) / PER_E - mean) / sd);
      if (ended > 0) total += ended * Math.log(0.999 * Math.max(0, high - low) + 0.001 / 200);
      if (going > 0) total += going * Math.log(0.999 * Math.max(0, 1 - low) + 0.0005);
    });
  }
  return total;
}

/** The family that explains best what it was not fitted to; the first one when nothing is held out. */
export function bestFamily(held: readonly Expected[]): Family {
  let best: Family = FAMILIES[0];
  let score = Number.NEGATIVE_INFINITY;
  for (const family of FAMILIES) {
    const likelihood = logLikelihood(family, held);
    if (likelihood > score) [best, score] = [family, likelihood];
  }
  return best;
}

/** Standardised waits by a fixed grid: how far beyond its mean each was, whatever its cell. */
const GRID = 50;

/**
 * Quantiles of standardised waits.
 * @param shares   probabilities in (0, 1)
 * @param tail     fewest waits beyond a quantile for the data to speak of it; else the family does
 * @returns shape of `shares`, in standard deviations
 */
export function standardQuantiles(
  all: readonly Expected[],
  family: Family,
  shares: readonly number[],
  tail = 20,
): number[] {
  const counts = new Map<number, number>();
  for (const { waits, mean, sd } of all) {
    waits.bins.forEach((bin, i) => {
      const n = waits.ended[i] as number;
      if (n === 0) return;
      const z = Math.ceil(((middleOf(bin) - mean) / sd) * GRID);
      counts.set(z, (counts.get(z) ?? 0) + n);
    });
  }
  const n = sum([...counts.values()]);
  const open = sum(all.flatMap(({ waits }) => waits.going));
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return shares.map((share) => {
    // With many still waiting the tail of those that ended is not the tail.
    if (Math.min(share, 1 - share) * n < tail || open * 100 > n) return standardQuantile(family, share);
    let seen = 0;
    for (const [z, count] of sorted) {
      seen += count;
      if (seen >= share * n) return z / GRID;
    }
    return standardQuantile(family, share);
  });
}
