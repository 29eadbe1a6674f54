import { simulate } from "./simulate.ts";
import type { Statistic } from "./statistic.ts";
import { allExcesses, type Found, type Search } from "./strongest.ts";
import { type Extent, type TimeWindow, timeWindows, windowSums } from "./windows.ts";
import type { Zones } from "./zones.ts";

export type ScanInput = {
  /** Cases, shape (locations, steps) row-major. */
  readonly cases: Float64Array;
  /** Expected counts or population at risk, same shape; none for the permutation model. */
  readonly baseline: Float64Array | null;
  readonly steps: number;
  readonly zones: Zones & { readonly whole?: true };
};

export type ScanOptions = {
  readonly extent: Extent;
  /** Longest cluster in steps. */
  readonly maxDuration: number;
  /** "permutation" needs no baseline: it asks where time and place go together more than their totals say. */
  readonly model: "poisson" | "permutation";
  readonly statistic: Statistic;
  /** Fewest cases of a cluster. */
  readonly minCases: number;
  readonly replicas: number;
  /** Most clusters reported. */
  readonly most: number;
  readonly seed: number;
};

export const SCAN_DEFAULTS: ScanOptions = {
  extent: "prospective",
  maxDuration: 28,
  model: "poisson",
  statistic: "kulldorff",
  minCases: 2,
  replicas: 999,
  most: 10,
  seed: 1,
};

export type Cluster = {
  /** Locations, the centre first. */
  readonly members: readonly number[];
  readonly radius: number;
  readonly window: TimeWindow;
  readonly observed: number;
  readonly expected: number;
  /** Rate inside over rate outside. */
  readonly relativeRisk: number;
  readonly llr: number;
  /** Rank among the replicas; NaN without replicas. */
  readonly pvalue: number;
  /** From a Gumbel distribution fitted to the replicas, for p-values smaller than replicas can show. */
  readonly gumbel: number;
  /** Steps between such clusters by chance, were one scan made each step: 1 / pvalue. */
  readonly recurrence: number;
};

/** Every replica deals out every case, so more would take hours. */
const MOST_CASES = 1e7;

/**
 * Kulldorff's scan statistic: the zones and windows with more cases than expected, strongest first, none sharing a location
 * with a stronger one, with Monte Carlo p-values of the strongest cluster's distribution.
 * @param threads  that simulate; the result does not depend on it
 * @throws RangeError when shapes disagree, cases are no counts, or there are none
 * @see Kulldorff (1997, 2001); Kulldorff et al. (2005), PLoS Medicine 2, for the permutation model; Abrams et al. (2010) for
 *      the Gumbel p-values
 */
export async function scan(
  { cases, baseline, steps, zones }: ScanInput,
  options: ScanOptions,
  threads?: number,
): Promise<readonly Cluster[]> {
  const { extent, maxDuration, model, statistic, minCases, replicas, most, seed } = options;
  const locations = cases.length / steps;
  if (!Number.isInteger(locations)) throw new RangeError(`cases: expected a multiple of ${steps}, got ${cases.length}`);
  const wrong = cases.find((c) => !Number.isInteger(c) || c < 0);
  if (wrong !== undefined) throw new RangeError(`cases: expected whole numbers >= 0, got ${wrong}`);
  if (!(maxDuration >= 1)) throw new RangeError(`maxDuration: expected 1 or more steps, got ${maxDuration}`);
  const total = cases.reduce((a, b) => a + b, 0);
  if (total > MOST_CASES) throw new RangeError(`cases: expected ${MOST_CASES} at most in all, got ${total}`);
  if (total === 0) return [];
  const expected = expectedCells({ cases, baseline, steps, zones }, options, total);
  const windows = timeWindows(steps, extent, Math.min(maxDuration, steps));
  const expectedSums = new Float64Array(locations * windows.length);
  windowSums(expected, steps, windows, expectedSums);
  const search: Search = { zones, windows: windows.length, statistic, total, minCases, expected: expectedSums };
  const sums = new Float64Array(locations * windows.length);
  windowSums(cases, steps, windows, sums);
  const chosen = disjoint(allExcesses(search, sums), zones, locations, most);
  const law = model === "permutation" ? "permutation" : statistic === "expectation" ? "poisson" : "multinomial";
  const null_ = {
    search,
    law,
    cells: law === "permutation" ? cases : expected,
    windows,
    steps,
    replicas,
    seed,
  } as const;
  const maxima = await simulate(null_, threads);
  const gumbelTail = gumbel(maxima);
  return chosen.map(({ centre, size, window, llr }) => {
    const members = Array.from((zones.orders[centre] as Int32Array).subarray(0, size));
    const observed = members.reduce((s, l) => s + (sums[l * windows.length + window] as number), 0);
    const e = members.reduce((s, l) => s + (expectedSums[l * windows.length + window] as number), 0);
    const above = maxima.reduce((n, v) => n + (v >= llr ? 1 : 0), 0);
    const pvalue = replicas > 0 ? (above + 1) / (replicas + 1) : Number.NaN;
    const outside = (total - observed) / (total - e);
    return {
      members,
      radius: zones.radii[centre]?.[size - 1] ?? Number.NaN,
      window: windows[window] as TimeWindow,
      observed,
      expected: e,
      relativeRisk: statistic === "expectation" ? observed / e : observed / e / outside,
      llr,
      pvalue,
      gumbel: gumbelTail(llr),
      recurrence: 1 / pvalue,
    };
  });
}

function expectedCells({ cases, baseline, steps }: ScanInput, options: ScanOptions, total: number): Float64Array {
  if (options.model === "permutation") {
    const locations = cases.length / steps;
    const byPlace = new Float64Array(locations);
    const byTime = new Float64Array(steps);
    cases.forEach((c, cell) => {
      byPlace[Math.floor(cell / steps)] = (byPlace[Math.floor(cell / steps)] as number) + c;
      byTime[cell % steps] = (byTime[cell % steps] as number) + c;
    });
    return cases.map(
      (_, cell) => ((byPlace[Math.floor(cell / steps)] as number) * (byTime[cell % steps] as number)) / total,
    );
  }
  if (!baseline || baseline.length !== cases.length) {
    throw new RangeError(
      `baseline: expected ${cases.length} expected counts or populations, got ${baseline?.length ?? 0}`,
    );
  }
  if (!baseline.every((b) => b >= 0)) throw new RangeError("baseline: expected numbers >= 0");
  if (options.statistic === "expectation") return baseline;
  const sum = baseline.reduce((a, b) => a + b, 0);
  return baseline.map((b) => (b * total) / sum);
}

/** The strongest, then the strongest of those that share no location with it, and so on. */
function disjoint(found: readonly Found[], zones: Zones, locations: number, most: number): Found[] {
  const taken = new Uint8Array(locations);
  const chosen: Found[] = [];
  for (const candidate of found) {
    if (chosen.length === most) break;
    const members = (zones.orders[candidate.centre] as Int32Array).subarray(0, candidate.size);
    if (members.some((l) => taken[l] === 1)) continue;
    for (const l of members) taken[l] = 1;
    chosen.push(candidate);
  }
  return chosen;
}

/** Upper tail of the Gumbel distribution with the sample's mean and variance. */
function gumbel(sample: Float64Array): (x: number) => number {
  const n = sample.length;
  const mean = sample.reduce((a, b) => a + b, 0) / n;
  const variance = sample.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  const scale = Math.sqrt((6 * variance) / Math.PI ** 2);
  const location = mean - 0.5772156649015329 * scale;
  return (x) => -Math.expm1(-Math.exp(-(x - location) / scale));
}
