import { blankTable, type Law, type Table } from "./ratio-table.ts";

/** Outbreaks looked for: extra counts of one height in each of the last `length` steps, this one included. */
export type Alternatives = {
  readonly lengths: readonly number[];
  readonly lengthPriors: readonly number[];
  /** Heights in standard deviations of one step's count. */
  readonly heights: readonly number[];
};

/** What is believed of the last steps when nothing happens, this step first. */
export type Null = {
  /** Means; NaN for a missing step, which then says nothing. */
  readonly means: Float64Array;
  /** Variance of a count over its mean. */
  readonly phi: number;
  /** Standard error of the log of all means together. */
  readonly se: number;
  /** Degrees of freedom phi was estimated with. */
  readonly df: number;
};

/** One guess at the null's parameters, with its weight: the error of the estimates is summed over a few such nodes. */
export type Node = { readonly weight: number; readonly factor: number; readonly phi: number };

/**
 * Likelihood ratio between a mixture of outbreaks and none. Counts are negative binomial with variance phi * mean;
 * an outbreak adds Poisson counts, so it widens them by no more than its own mean.
 */
export type Mixture = {
  readonly null: Null;
  readonly alternatives: Alternatives;
  readonly nodes: readonly Node[];
  readonly lags: number;
  /** Law of each lag's count under each node's null, [lag * nodes + node]; undefined for a missing step. */
  readonly laws: readonly (Law | undefined)[];
  readonly tables: readonly Table[];
};

/** Spread of the window's sum from errors of the mean, over that of its counts, above which the errors are summed over. */
const MEAN_ERROR = 0.05;
/** Degrees of freedom below which the error of phi is summed over. */
const PHI_DF = 200;

export function mixture(none: Null, alternatives: Alternatives): Mixture {
  const { means } = none;
  const lags = means.length;
  const nodes = errorNodes(none);
  const highest = Math.max(...alternatives.heights);
  const laws: (Law | undefined)[] = [];
  const tables: Table[] = [];
  for (let i = 0; i < lags; i++) {
    const mean = means[i] as number;
    const spread = sd(none, i);
    const nulls: Law[] = [];
    const outbreaks: Law[] = [];
    for (const { factor, phi } of nodes) {
      const m = mean * factor;
      const law = withExtra(m, phi, 0);
      laws.push(Number.isNaN(m) ? undefined : law);
      nulls.push(law);
      for (const height of alternatives.heights) outbreaks.push(withExtra(m, phi, height * spread));
    }
    // Far enough out for every count an alternative makes likely; beyond, the last slope goes on.
    tables.push(blankTable(nulls, outbreaks, mean, spread, highest + 7, i === 0));
  }
  return { null: none, alternatives, nodes, lags, laws, tables };
}

/** Standard deviation of the count `lag` steps back when nothing happens. */
export function sd({ means, phi }: Null, lag: number): number {
  return Math.sqrt(phi * (means[lag] as number));
}

/** Mean, and size (Infinity: Poisson), of the count at a lag under a node's null with `extra` counts added. */
export function withExtra(m: number, phi: number, extra: number): Law {
  const mean = m + extra;
  return { mean, size: phi > 1.0001 ? (mean * mean) / ((phi - 1) * m) : Number.POSITIVE_INFINITY };
}

function errorNodes({ means, phi, se, df }: Null): Node[] {
  const known = means.filter((m) => !Number.isNaN(m));
  const total = known.reduce((a, b) => a + b, 0);
  const meanMatters = total * se * se > MEAN_ERROR * phi;
  const phiMatters = phi > 1.0001 && df < PHI_DF;
  const shift = Math.sqrt(3) * se;
  const nodes: Node[] = [];
  if (meanMatters) {
    nodes.push({ weight: 1 / 6, factor: Math.exp(shift), phi }, { weight: 1 / 6, factor: Math.exp(-shift), phi });
  }
  if (phiMatters) {
    const ratio = Math.exp(Math.sqrt(3) * Math.sqrt(2 / df));
    nodes.push({ weight: 1 / 6, factor: 1, phi: phi * ratio });
    nodes.push({ weight: 1 / 6, factor: 1, phi: Math.max(1, phi / ratio) });
  }
  return [{ weight: 1 - nodes.length / 6, factor: 1, phi }, ...nodes];
}
