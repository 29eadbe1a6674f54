import type { Moments } from "./bins.ts";

/** What is known of one cell: how long waits in it are, and how sure that is. All of log(hours). */
export interface Cell {
  /** Waits that ended in it. */
  readonly n: number;
  readonly mean: number;
  /** Variance of one wait around the mean. */
  readonly variance: number;
  /** Variance of what we do not know of the mean. */
  readonly unsure: number;
}

export interface Shrunken {
  readonly cells: readonly Cell[];
  /** Variance of the true means of such cells around their parent: what a cell never seen may differ by. */
  readonly between: number;
}

/** Waits that say as much of a cell's variance as its parent does. */
const VARIANCE_WEIGHT = 30;

/**
 * Cells pulled towards their parents, the more the less they hold: the mean by the variance between cells (estimated
 * from all of them by moments) against the variance of the mean within, the variance by a fixed weight.
 * @param children  moments of each cell
 * @param parents   parent of each cell, in the same order; already shrunken
 * @see Efron, Morris (1975), JASA 70; Paule, Mandel (1982) for the moment estimate of the variance between
 */
export function shrink(children: readonly Moments[], parents: readonly Cell[]): Shrunken {
  const variances = children.map(({ n, variance, mean }, i) => {
    const parent = parents[i] as Cell;
    if (n === 0) return parent.variance;
    // A cell's scatter is taken around its own mean; with one wait it says nothing.
    return (
      (Math.max(0, n - 1) * (Number.isFinite(mean) ? variance : 0) + VARIANCE_WEIGHT * parent.variance) /
      (Math.max(0, n - 1) + VARIANCE_WEIGHT)
    );
  });
  const between = variancesBetween(children, parents, variances);
  const cells = children.map(({ n, mean }, i): Cell => {
    const parent = parents[i] as Cell;
    const variance = variances[i] as number;
    if (n === 0) return { n, mean: parent.mean, variance, unsure: parent.unsure + between };
    const own = variance / n;
    const prior = between + parent.unsure;
    const weight = prior / (prior + own);
    return { n, mean: parent.mean + weight * (mean - parent.mean), variance, unsure: weight * own };
  });
  return { cells, between };
}

/** Weighted moment estimate of the variance between cells, never negative. */
function variancesBetween(
  children: readonly Moments[],
  parents: readonly Cell[],
  variances: readonly number[],
): number {
  let weights = 0;
  let squares = 0;
  let scatter = 0;
  let cells = 0;
  children.forEach(({ n, mean }, i) => {
    if (n === 0) return;
    const weight = n / (variances[i] as number);
    const off = mean - (parents[i] as Cell).mean;
    weights += weight;
    squares += weight * weight;
    scatter += weight * off * off;
    cells += 1;
  });
  if (cells < 2) return START_BETWEEN;
  return Math.max(0, (scatter - (cells - 1)) / (weights - squares / weights));
}

/** With one cell nothing is known of how cells differ: a third longer or shorter is taken to be usual. */
const START_BETWEEN = 0.09;
