import type { SparseHours } from "./sparse-hours.ts";

/** Edges of the lags told apart, hours: fine where parcels hurry, coarse where customers brood. */
export const LAG_EDGES: readonly number[] = [
  0, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 96, 108, 120, 144, 168, 192, 240, 288, 336, 408, 504,
  600, 720, 864, 1008, 1200, 1440, 1800, 2160,
];
export const LAG_BINS = LAG_EDGES.length - 1;
/** Longest lag that is followed, hours. */
export const LONGEST_LAG = LAG_EDGES[LAG_BINS] as number;

/** The bin of a lag in hours; -1 for one that is unknown (negative) or too long to be told from any other. */
export function lagBin(hours: number): number {
  if (!(hours >= 0) || hours >= LONGEST_LAG) return -1;
  let bin = 0;
  while (hours >= (LAG_EDGES[bin + 1] as number)) bin++;
  return bin;
}

/** At every lag edge, the ramp of an exposure that ends at hour k: differences of two are what passed in between. */
export const rampsAt = (exposure: SparseHours, k: number): Float64Array => exposure.ramps(k, LAG_EDGES);

/** Per lag bin: exposure hours at such a lag in a window, given the ramps at its two ends. Shape (LAG_BINS,). */
export function laggedExposure(start: Float64Array, end: Float64Array): Float64Array {
  const out = new Float64Array(LAG_BINS);
  for (let j = 0; j < LAG_BINS; j++) {
    const near = (end[j] as number) - (start[j] as number);
    const far = (end[j + 1] as number) - (start[j + 1] as number);
    out[j] = near - far;
  }
  return out;
}

/** Events expected in a window: rates by lag bin times the exposure at that lag. */
export function expectedAt(rates: ArrayLike<number>, start: Float64Array, end: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < LAG_BINS; j++) {
    const near = (end[j] as number) - (start[j] as number);
    const far = (end[j + 1] as number) - (start[j + 1] as number);
    sum += (rates[j] as number) * (near - far);
  }
  return sum;
}

/**
 * Events expected in every hour of [from, to): `expectedAt` of windows of one hour.
 * @param rates  by lag bin
 * @returns shape (to - from,)
 */
export function expectedHours(rates: ArrayLike<number>, exposure: SparseHours, from: number, to: number): Float64Array {
  const means = new Float64Array(to - from);
  const sums = exposure.sumsBefore(from + 1 - LONGEST_LAG, to);
  for (let hour = 0; hour < means.length; hour++) {
    const end = hour + LONGEST_LAG;
    let near = sums[end] as number;
    let mean = 0;
    for (let j = 0; j < LAG_BINS; j++) {
      const far = sums[end - (LAG_EDGES[j + 1] as number)] as number;
      mean += (rates[j] as number) * (near - far);
      near = far;
    }
    means[hour] = mean;
  }
  return means;
}

/** Lags over which events of unknown lag are spread, hours. */
const UNKNOWN_REACH = 336;

/**
 * Events per unit of exposure and hour, by lag: what came at a lag over what could have come then, so that a growing
 * shop does not look like a hasty one.
 * @param lags      events by lag bin, shape (LAG_BINS,)
 * @param unknown   events whose lag is unknown: spread evenly over two weeks
 * @param exposure  exposure by lag bin over the same span, shape (LAG_BINS,)
 */
export function lagRates(lags: ArrayLike<number>, unknown: number, exposure: Float64Array): Float64Array {
  const rates = new Float64Array(LAG_BINS);
  let reach = 0;
  let known = 0;
  for (let j = 0; j < LAG_BINS; j++) {
    known += lags[j] as number;
    if ((LAG_EDGES[j + 1] as number) <= UNKNOWN_REACH) reach += exposure[j] as number;
  }
  // A few with an unknown lag are like the rest; when they are most, nothing is known but that they come.
  const scale = known > unknown ? (known + unknown) / known : 1;
  for (let j = 0; j < LAG_BINS; j++) {
    const x = exposure[j] as number;
    if (x > 0) rates[j] = (scale * (lags[j] as number)) / x;
    if (known <= unknown && reach > 0 && (LAG_EDGES[j + 1] as number) <= UNKNOWN_REACH) {
      rates[j] = (rates[j] as number) + unknown / reach;
    }
  }
  return rates;
}
