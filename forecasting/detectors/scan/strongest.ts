import type { Kernel } from "./kernel.ts";
import { clusterLogRatio, excessScale, type Statistic } from "./statistic.ts";
import type { Zones } from "./zones.ts";

export type Search = {
  readonly zones: Zones & { readonly whole?: true };
  readonly windows: number;
  readonly statistic: Statistic;
  readonly total: number;
  readonly minCases: number;
  /** Expected counts of each location and window, row-major. */
  readonly expected: Float64Array;
};

/** Highest log ratio of one centre's zones, and where. */
export type Found = { readonly centre: number; readonly size: number; readonly window: number; readonly llr: number };

/** Room for single-precision rounding: the bound may let through too much, never too little. */
const MARGIN = 1 - 1e-5;

/** Number of zones, one for each prefix of an order. */
export function zoneCount({ orders }: Zones): number {
  return orders.reduce((sum, order) => sum + order.length, 0);
}

/** Fills the kernel's bounds: what a count must pass, given the height to beat, in each zone and window. */
export function fillBounds({ zones, windows, statistic, total, expected }: Search, { bounds }: Kernel): void {
  const held = new Float64Array(windows);
  let at = 0;
  for (const order of zones.orders) {
    held.fill(0);
    for (let k = 0; k < order.length; k++) {
      const judged = !zones.whole || k === order.length - 1;
      for (let w = 0; w < windows; w++) {
        held[w] = (held[w] as number) + (expected[(order[k] as number) * windows + w] as number);
        const e = held[w] as number;
        bounds[at++] = judged ? e * MARGIN : Number.MAX_VALUE;
        bounds[at++] = judged ? Math.sqrt(excessScale(statistic, e, total)) * MARGIN : 0;
      }
    }
  }
}

/**
 * Greatest log likelihood ratio over all zones and windows, of many data sets at once; a count that cannot raise its set's
 * maximum costs no logarithm.
 * @param kernel  holds the bounds, and the observed counts of the sets
 * @returns the maximum of each set, shape (sets,)
 */
export function strongest(search: Search, kernel: Kernel): Float64Array {
  const { zones, windows, statistic, total, minCases, expected } = search;
  const { held, heights, passed, add } = kernel;
  const sets = heights.length;
  const best = new Float64Array(sets);
  heights.fill(0);
  let zone = 0;
  for (const order of zones.orders) {
    held.fill(0);
    for (let k = 0; k < order.length; k++) {
      if (!add(order[k] as number, zone++)) continue;
      for (let w = 0; w < windows; w++) {
        if (passed[w] === 0) continue;
        let e = 0;
        for (let j = 0; j <= k; j++) e += expected[(order[j] as number) * windows + w] as number;
        const scale = Math.sqrt(excessScale(statistic, e, total)) * MARGIN;
        for (let r = 0; r < sets; r++) {
          const c = held[w * sets + r] as number;
          if (c < minCases || c < e + scale * (heights[r] as number)) continue;
          const llr = clusterLogRatio(statistic, c, e, total);
          if (llr <= (best[r] as number)) continue;
          best[r] = llr;
          heights[r] = Math.sqrt(llr);
        }
      }
    }
  }
  return best;
}

/** The best window of every zone that has an excess, strongest first. */
export function allExcesses(search: Search, sums: ArrayLike<number>): Found[] {
  const { zones, windows, statistic, total, minCases, expected } = search;
  const found: Found[] = [];
  zones.orders.forEach((order, centre) => {
    const held = new Float64Array(windows);
    const heldExpected = new Float64Array(windows);
    order.forEach((location, k) => {
      let best: Found | undefined;
      for (let window = 0; window < windows; window++) {
        const at = location * windows + window;
        held[window] = (held[window] as number) + (sums[at] as number);
        heldExpected[window] = (heldExpected[window] as number) + (expected[at] as number);
        const c = held[window] as number;
        if (c < minCases) continue;
        const llr = clusterLogRatio(statistic, c, heldExpected[window] as number, total);
        if (llr > (best?.llr ?? 0)) best = { centre, size: k + 1, window, llr };
      }
      if (best && (!zones.whole || k === order.length - 1)) found.push(best);
    });
  });
  return found.sort((a, b) => b.llr - a.llr || a.size - b.size || a.centre - b.centre);
}
