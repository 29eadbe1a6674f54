import { between, quickExp } from "../../math/exp.ts";
import { logGamma } from "../../math/gamma.ts";

/** Mean and size of a negative binomial count; size Infinity is the Poisson. */
export type Law = { readonly mean: number; readonly size: number };

/**
 * Log likelihood ratios of one step's count: of each null over the first, and of each outbreak over its own null. Values lie at
 * counts `origin + j * stride`, all ratios of a count together; between them they are linear enough. A table is filled only as far
 * up as it is asked.
 */
export type Table = {
  readonly nulls: readonly Law[];
  /** For each null as many, one after another. */
  readonly outbreaks: readonly Law[];
  readonly origin: number;
  readonly stride: number;
  /** Points; 0 for a missing step, which says nothing. */
  readonly size: number;
  /** [j * nulls + null]: log of the null over the first null. */
  readonly shifts: Float64Array;
  /** [j * outbreaks + outbreak]: log of the outbreak over its null, never falling with the count. */
  readonly gains: Float64Array;
  /** exp(gains), of the table that is asked most. */
  readonly factors: Float64Array | undefined;
  /** What is added to gains from one count to the next but for the logarithm, per outbreak; and to shifts. */
  readonly slopes: Float64Array;
  /** Ratios of the last point filled, before they were kept from falling. */
  readonly last: Float64Array;
  readonly state: { filled: number };
};

/** Points of a table: a step of a sixth of a standard deviation and less. */
const POINTS = 128;

/** Log likelihood ratios beyond this are as good as certain. */
const MOST_GAIN = 600;

/** Ratio of a log likelihood ratio. */
export const boundedExp = (gain: number): number => quickExp(between(-MOST_GAIN, gain, MOST_GAIN));

/** @param reach  standard deviations above the mean that the table covers */
export function blankTable(
  nulls: readonly Law[],
  outbreaks: readonly Law[],
  mean: number,
  spread: number,
  reach: number,
  withFactors: boolean,
): Table {
  const known = !Number.isNaN(mean);
  const low = known ? Math.max(0, Math.floor(mean - 6 * spread)) : 0;
  const span = mean + reach * spread + 10 - low;
  const wide = span > POINTS;
  const origin = known && wide ? low : 0;
  const stride = known && wide ? Math.ceil(span / POINTS) : 1;
  const size = known ? Math.ceil((span + low - origin) / stride) + 2 : 0;
  return {
    nulls,
    outbreaks,
    origin,
    stride,
    size,
    shifts: new Float64Array(size * nulls.length),
    gains: new Float64Array(size * outbreaks.length),
    factors: withFactors && stride === 1 ? new Float64Array(size * outbreaks.length) : undefined,
    slopes: slopesOf(nulls, outbreaks),
    last: new Float64Array(outbreaks.length + nulls.length),
    state: { filled: 0 },
  };
}

function slopesOf(nulls: readonly Law[], outbreaks: readonly Law[]): Float64Array {
  const slopes = new Float64Array(outbreaks.length + nulls.length);
  const per = outbreaks.length / nulls.length;
  const first = logStep(nulls[0] as Law);
  for (let q = 0; q < nulls.length; q++) {
    const own = logStep(nulls[q] as Law);
    for (let k = q * per; k < (q + 1) * per; k++) slopes[k] = logStep(outbreaks[k] as Law) - own;
    slopes[outbreaks.length + q] = own - first;
  }
  return slopes;
}

/** log of the factor by which the probability of a count exceeds that of the one before, but for what depends on the count. */
function logStep({ mean, size }: Law): number {
  return Math.log(size === Number.POSITIVE_INFINITY ? mean : mean / (mean + size));
}

function logNone({ mean, size }: Law): number {
  return size === Number.POSITIVE_INFINITY ? -mean : -size * Math.log1p(mean / size);
}

/** Lower point of the two a count lies between, or beyond; both are filled. */
export function pointBelow(table: Table, y: number): number {
  const { origin, stride, size } = table;
  const x = (y - origin) / stride;
  const j = x < 0 ? 0 : x >= size - 1 ? size - 2 : Math.floor(x);
  if (j + 1 >= table.state.filled) fill(table, j + 2);
  return j;
}

function fill(table: Table, upTo: number): void {
  // A few more than asked, so that neighbours need not ask again.
  const end = Math.min(table.size, upTo + 8);
  if (table.stride === 1) fillSteps(table, end);
  else fillPoints(table, end);
  const { factors, gains, state, outbreaks } = table;
  if (factors) {
    for (let k = state.filled * outbreaks.length; k < end * outbreaks.length; k++) {
      factors[k] = boundedExp(gains[k] as number);
    }
  }
  table.state.filled = end;
}

/** From each count to the next by the ratio of the probabilities. */
function fillSteps({ nulls, outbreaks, slopes, last, shifts, gains, state }: Table, end: number): void {
  const per = outbreaks.length / nulls.length;
  const first = nulls[0] as Law;
  for (let j = state.filled; j < end; j++) {
    for (let q = 0; q < nulls.length; q++) {
      const law = nulls[q] as Law;
      for (let k = q * per; k < (q + 1) * per; k++) {
        const value = next(j, law, outbreaks[k] as Law, slopes[k] as number, last[k] as number);
        last[k] = value;
        keepRising(gains, outbreaks.length, j, k, value);
      }
      if (q === 0) continue;
      const k = outbreaks.length + q;
      const value = next(j, first, law, slopes[k] as number, last[k] as number);
      last[k] = value;
      shifts[j * nulls.length + q] = value;
    }
  }
}

/** Log ratio of b over a at count j, that of j - 1 being `before`. */
function next(j: number, a: Law, b: Law, slope: number, before: number): number {
  if (j === 0) return logNone(b) - logNone(a);
  const rest = j - 1;
  if (a.size === Number.POSITIVE_INFINITY) {
    return b.size === Number.POSITIVE_INFINITY ? before + slope : before + slope + Math.log(rest + b.size);
  }
  if (b.size === Number.POSITIVE_INFINITY) return before + slope - Math.log(rest + a.size);
  return before + slope + Math.log((rest + b.size) / (rest + a.size));
}

function fillPoints({ nulls, outbreaks, origin, stride, shifts, gains, state }: Table, end: number): void {
  const per = outbreaks.length / nulls.length;
  const none = nulls.map(logProbability);
  const some = outbreaks.map(logProbability);
  for (let j = state.filled; j < end; j++) {
    const y = origin + j * stride;
    let first = 0;
    for (let q = 0; q < nulls.length; q++) {
      const log = (none[q] as (y: number) => number)(y);
      if (q === 0) first = log;
      shifts[j * nulls.length + q] = log - first;
      for (let k = q * per; k < (q + 1) * per; k++) {
        keepRising(gains, outbreaks.length, j, k, (some[k] as (y: number) => number)(y) - log);
      }
    }
  }
}

/** log probability of a count but for 1/y!, which every ratio loses. */
function logProbability(law: Law): (y: number) => number {
  const { size } = law;
  const none = logNone(law);
  const step = logStep(law);
  if (size === Number.POSITIVE_INFINITY) return (y) => none + y * step;
  const start = none - logGamma(size);
  return (y) => start + logGamma(y + size) + y * step;
}

/**
 * The added Poisson counts have a lighter tail than the null's own, so far out the ratio would fall again; a count above all
 * that is looked for is no weaker evidence than the highest looked for.
 */
function keepRising(gains: Float64Array, wide: number, j: number, k: number, value: number): void {
  const at = j * wide + k;
  gains[at] = j === 0 ? value : Math.max(value, (gains[at - wide] as number) + 1e-6);
}
