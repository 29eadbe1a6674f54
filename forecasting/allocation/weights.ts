import { normalCdf } from "../math/normal.ts";

export interface Contender {
  /** Share of good outcomes, in (0, 1), and its standard error. */
  readonly share: number;
  readonly error: number;
  /** Share of all volume it has now, 0..1. */
  readonly volume: number;
}

export const ALLOCATION_DEFAULTS = {
  /** Most a contender is given, as a multiple of what it has now: nobody doubles his vans overnight. */
  growth: 1.5,
  /** Least a contender is given, as a multiple of what it has now: who gets nothing can show nothing. */
  keep: 0.2,
} as const;

const POINTS = 801;
const REACH = 8;

/**
 * Probability that each contender is the best, on the log-odds scale with normal errors, by integration on a grid.
 * @returns shape (n,), sums to 1
 */
export function probabilityOfBest(contenders: readonly Contender[]): Float64Array {
  const scaled = contenders.map(({ share, error }) => ({
    mean: Math.log(share / (1 - share)),
    sd: Math.max(1e-4, error / (share * (1 - share))),
  }));
  const best = new Float64Array(contenders.length);
  for (const [i, { mean, sd }] of scaled.entries()) {
    for (let point = 0; point < POINTS; point += 1) {
      const z = -REACH + (2 * REACH * point) / (POINTS - 1);
      let density = Math.exp(-(z * z) / 2);
      for (const [j, other] of scaled.entries()) {
        if (j !== i) density *= normalCdf((mean + z * sd - other.mean) / other.sd);
      }
      best[i] = (best[i] ?? 0) + density;
    }
  }
  const total = best.reduce((sum, p) => sum + p, 0);
  return best.map((p) => (total === 0 ? 1 / best.length : p / total));
}

/**
 * Shares of new volume for each: by the probability of being best (as Thompson sampling would draw), between `keep` and
 * `growth` times what each has now.
 * @returns shape (n,), sums to 1
 * @see Thompson (1933), Biometrika 25
 */
export function allocate(
  contenders: readonly Contender[],
  { growth, keep }: { readonly growth: number; readonly keep: number } = ALLOCATION_DEFAULTS,
): Float64Array {
  if (!(growth >= 1 && keep >= 0 && keep <= 1)) {
    throw new RangeError(`expected growth from 1 and keep from 0 to 1, got ${growth} and ${keep}`);
  }
  const best = probabilityOfBest(contenders);
  const volume = contenders.reduce((sum, contender) => sum + contender.volume, 0);
  const now = contenders.map((contender) => (volume > 0 ? contender.volume / volume : 1 / contenders.length));
  const weights = Float64Array.from(now, (share) => keep * share);
  // What is over goes to the likeliest until they are full, then to the next.
  let left = 1 - weights.reduce((sum, weight) => sum + weight, 0);
  for (let round = 0; round < contenders.length && left > 1e-12; round += 1) {
    const room = weights.map((weight, i) => Math.max(0, growth * (now[i] ?? 0) - weight));
    const wanted = best.map((p, i) => ((room[i] ?? 0) > 1e-12 ? p + 1e-9 : 0));
    const sum = wanted.reduce((total, p) => total + p, 0);
    if (sum === 0) break;
    const given = wanted.map((p, i) => Math.min(room[i] ?? 0, (left * p) / sum));
    for (const [i, more] of given.entries()) weights[i] = (weights[i] ?? 0) + more;
    left -= given.reduce((total, more) => total + more, 0);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total === 0 ? 1 / weights.length : weight / total));
}
