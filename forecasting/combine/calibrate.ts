import { normalQuantile } from "../math/normal.ts";

export type Scores = {
  /** Past standardised errors (actual minus location, over spread, all on the log scale). */
  readonly u: Float64Array;
  /** Horizon of each, 1-based. */
  readonly horizon: Int32Array;
  /** Weight of each (recency, own series or another). */
  readonly weight: Float64Array;
  /** Stretch of time each lies in, as long as the horizon: errors of one stretch hang together, in all series. */
  readonly stretch: Int32Array;
};

export const LEVELS = [0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975] as const;

/** What the normal distribution counts for beside the past errors, in observations. */
const PRIOR = 40;
const POINTS = 39;

/**
 * Standardised quantiles for a horizon: weighted quantiles of past errors at similar horizons mixed with a standard
 * normal, taken at levels adapted to the misses so far.
 * @param levels  nominal probabilities, ascending
 * @param adapted the probabilities to take instead, from adaptLevels
 * @see Barber, Candes, Ramdas, Tibshirani (2023), Conformal prediction beyond exchangeability (weighted quantiles)
 */
export function conformalQuantiles(scores: Scores, h: number, adapted: readonly number[]): Float64Array {
  const n = scores.u.length;
  const points: { u: number; w: number }[] = [];
  const stretches = new Map<number, { sum: number; mass: number }>();
  let scale = 0;
  let mass = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const far = Math.log((scores.horizon[i] as number) / h);
    const w = (scores.weight[i] as number) * Math.exp(-0.5 * (far / 0.7) ** 2);
    if (w < 1e-6) continue;
    const u = scores.u[i] as number;
    points.push({ u, w });
    const stretch = stretches.get(scores.stretch[i] as number) ?? { sum: 0, mass: 0 };
    stretch.sum += w * Math.max(-3, Math.min(3, u));
    stretch.mass += w;
    stretches.set(scores.stretch[i] as number, stretch);
    scale += w * Math.min(9, (scores.u[i] as number) ** 2);
    mass += w;
    squares += w * w;
  }
  // The normal part has the spread of the past errors as far as they are known.
  const sd = Math.sqrt((scale + PRIOR) / (mass + PRIOR));
  for (let k = 0; k < POINTS; k++) points.push({ u: sd * normalQuantile((k + 0.5) / POINTS), w: PRIOR / POINTS });
  points.sort((a, b) => a.u - b.u);
  const total = mass + PRIOR;
  // The next error is one more draw, not one of those seen: levels move outwards by the share of one.
  const effective = PRIOR + (mass * mass) / (squares || 1);
  const outward = (level: number) => Math.min(1 - 1e-9, Math.max(1e-9, level + (level - 0.5) / (effective + 1)));
  const result = new Float64Array(adapted.length);
  for (let q = 0; q < adapted.length; q++) result[q] = pick(points, total, outward(adapted[q] as number), sd);
  for (let q = 1; q < result.length; q++) result[q] = Math.max(result[q] as number, result[q - 1] as number);
  const doubtful = (1 - believed([...stretches.values()])) * pick(points, total, 0.5, sd);
  return result.map((v) => v - doubtful);
}

/**
 * How much of the mean past error is believed to come again: by James and Stein's rule, what its own standard error
 * leaves of it. Errors of a stretch count as one, so hundreds of series that missed the same month are one miss.
 */
function believed(stretches: readonly { readonly sum: number; readonly mass: number }[]): number {
  let sum = 0;
  let mass = 0;
  for (const s of stretches) {
    sum += s.sum;
    mass += s.mass;
  }
  const mean = sum / mass;
  let square = 0;
  let masses = 0;
  for (const s of stretches) {
    square += (s.sum - s.mass * mean) ** 2;
    masses += s.mass ** 2;
  }
  // Effective number of stretches, and the variance of their weighted mean.
  const count = mass ** 2 / masses;
  if (!(count > 1)) return 0;
  const variance = (square / mass ** 2) * (count / (count - 1));
  return variance > 0 ? Math.max(0, 1 - variance / mean ** 2) : 1;
}

function pick(points: readonly { u: number; w: number }[], total: number, level: number, sd: number): number {
  // Beyond the outermost points the normal tail goes on.
  const edge = 0.5 / POINTS / 2;
  let cumulated = 0;
  let before = { u: (points[0] as { u: number }).u, p: 0 };
  for (const { u, w } of points) {
    const p = (cumulated + w / 2) / total;
    if (p >= level) {
      const share = p > before.p ? (level - before.p) / (p - before.p) : 1;
      const inner = before.u + share * (u - before.u);
      return level < edge ? Math.min(inner, sd * normalQuantile(level)) : inner;
    }
    cumulated += w;
    before = { u, p };
  }
  return Math.max(before.u, sd * normalQuantile(Math.min(level, 1 - 1e-9)));
}

/**
 * Adaptive conformal inference for the tails: each outer level moves outwards while its misses are too many, and back
 * to nominal when they are not, first come first served. It never moves inwards, and the middle stays: a run of errors
 * on one side is the competitors' business.
 * @param ranks of past targets in order of time: the share of the predictive distribution that lay below what came
 * @param rate  step per observation
 * @see Gibbs & Candes (2021), Adaptive conformal inference under distribution shift
 */
export function adaptLevels(ranks: Float64Array, rate: number, levels: readonly number[] = LEVELS): number[] {
  return levels.map((nominal) => {
    if (nominal > 0.1 && nominal < 0.9) return nominal;
    const limit = nominal < 0.5 ? nominal * 0.2 : 1 - (1 - nominal) * 0.2;
    const [low, high] = nominal < 0.5 ? [limit, nominal] : [nominal, limit];
    let level = nominal;
    for (const rank of ranks) level = Math.min(high, Math.max(low, level + rate * (nominal - (rank <= level ? 1 : 0))));
    // Held at nominal on one side, the walk is outside it on average even when all is well: half of it is believed.
    return (nominal + level) / 2;
  });
}
