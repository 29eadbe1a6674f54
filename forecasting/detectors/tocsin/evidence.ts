import { logGamma } from "../../math/gamma.ts";

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
 * Tables of a likelihood ratio between a mixture of outbreaks and none. Counts are negative binomial with variance phi * mean;
 * an outbreak adds Poisson counts, so it widens them by no more than its own mean.
 */
export type Mixture = {
  readonly null: Null;
  readonly alternatives: Alternatives;
  readonly nodes: readonly Node[];
  readonly lags: number;
  /** Tables run from `origins` in steps of `strides`; between them the log ratios are linear enough. */
  readonly origins: Float64Array;
  readonly strides: Float64Array;
  readonly sizes: Int32Array;
  readonly offsets: Int32Array;
  /** For each node, lag and y: log of node's null over the first node's null. */
  readonly shifts: readonly Float64Array[];
  /** For each node and height, lag and y: log of outbreak over the node's null. */
  readonly gains: readonly (readonly Float64Array[])[];
};

/** Points of a table: a step of a sixth of a standard deviation and less. */
const TABLE = 128;
/** Spread of the window's sum from errors of the mean, over that of its counts, above which the errors are summed over. */
const MEAN_ERROR = 0.05;
/** Degrees of freedom below which the error of phi is summed over. */
const PHI_DF = 200;

export function mixture(none: Null, alternatives: Alternatives): Mixture {
  const { means } = none;
  const lags = means.length;
  const nodes = errorNodes(none);
  const highest = Math.max(...alternatives.heights);
  const origins = new Float64Array(lags);
  const strides = new Float64Array(lags);
  const sizes = new Int32Array(lags);
  const offsets = new Int32Array(lags);
  let total = 0;
  for (let i = 0; i < lags; i++) {
    const m = means[i] as number;
    if (!Number.isNaN(m)) {
      // Far enough out for every count an alternative makes likely; beyond, the last slope goes on.
      const spread = sd(none, i);
      const low = Math.max(0, Math.floor(m - 6 * spread));
      const span = m + (highest + 7) * spread + 10 - low;
      origins[i] = span > TABLE ? low : 0;
      strides[i] = span > TABLE ? Math.ceil(span / TABLE) : 1;
      sizes[i] = Math.ceil((span + low - (origins[i] as number)) / (strides[i] as number)) + 2;
    }
    offsets[i] = total;
    total += sizes[i] as number;
  }
  const place = { origins, strides, sizes, offsets };
  const table = (node: Node, height: number): Float64Array => {
    const out = new Float64Array(total);
    for (let i = 0; i < lags; i++) {
      const m = (means[i] as number) * node.factor;
      if (Number.isNaN(m)) continue;
      fillLogPmf(out, place, i, withExtra(m, node.phi, height * sd(none, i)));
    }
    return out;
  };
  const nulls = nodes.map((node) => table(node, 0));
  const first = nulls[0] as Float64Array;
  return {
    null: none,
    alternatives,
    nodes,
    lags,
    ...place,
    shifts: nulls.map((n) => n.map((v, j) => v - (first[j] as number))),
    gains: nodes.map((node, q) =>
      alternatives.heights.map((h) => {
        const gain = table(node, h).map((v, j) => v - (nulls[q]?.[j] as number));
        neverFalling(gain, place);
        return gain;
      }),
    ),
  };
}

/**
 * The added Poisson counts have a lighter tail than the null's own, so far out the ratio would fall again; a count above all
 * that is looked for is no weaker evidence than the highest looked for.
 */
function neverFalling(gain: Float64Array, { offsets, sizes }: Place): void {
  for (let i = 0; i < offsets.length; i++) {
    const at = offsets[i] as number;
    for (let j = at + 1; j < at + (sizes[i] as number); j++) {
      gain[j] = Math.max(gain[j] as number, (gain[j - 1] as number) + 1e-6);
    }
  }
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

export type Law = { readonly mean: number; readonly size: number };
type Place = Pick<Mixture, "origins" | "strides" | "sizes" | "offsets">;

/** log probabilities but for 1/y!, which every ratio loses. */
function fillLogPmf(out: Float64Array, place: Place, lag: number, { mean, size: k }: Law): void {
  const offset = place.offsets[lag] as number;
  const size = place.sizes[lag] as number;
  const stride = place.strides[lag] as number;
  const origin = place.origins[lag] as number;
  if (k === Number.POSITIVE_INFINITY) {
    const logMean = Math.log(mean);
    for (let j = 0; j < size; j++) out[offset + j] = (origin + j * stride) * logMean - mean;
    return;
  }
  const logQ = Math.log(mean / (mean + k));
  const zero = -k * Math.log1p(mean / k);
  if (stride > 1) {
    const start = zero - logGamma(k);
    for (let j = 0; j < size; j++) {
      const y = origin + j * stride;
      out[offset + j] = start + logGamma(y + k) + y * logQ;
    }
    return;
  }
  let log = zero;
  for (let j = 0; j < size; j++) {
    out[offset + j] = log;
    log += logQ + Math.log(j + k);
  }
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

/** A table's value at count y of a lag, interpolated; its end slopes go on. A missing step has none. */
export function lookUp(m: Mixture, table: Float64Array, lag: number, y: number): number {
  const at = m.offsets[lag] as number;
  const last = (m.sizes[lag] as number) - 1;
  const x = (y - (m.origins[lag] as number)) / (m.strides[lag] as number);
  if (last < 0) return 0;
  const j = x < 0 ? 0 : x >= last ? last - 1 : Math.floor(x);
  const low = table[at + j] as number;
  return low + (x - j) * ((table[at + j + 1] as number) - low);
}
