/** Forecasts of several competitors for the same targets, with what came. */
export type PastErrors = {
  /** Log-scale locations, one array per competitor; NaN where it had nothing to say. */
  readonly locations: readonly Float64Array[];
  /** Log of what came. */
  readonly actual: Float64Array;
  /** Importance of each target: recency times size of the series. */
  readonly importance: Float64Array;
};

/** How strongly weights are held to equality, in effective observations. */
const HELD = 15;
const ROUNDS = 150;
/** A competitor worse than the best by more than this factor is left out before weighing. */
const HOPELESS = 1.5;
/** A relative error that is none. */
const EXACT = 1e-9;

/**
 * Weights on the simplex that minimise the absolute relative error of the weighted log forecast, held towards equal
 * weights by relative entropy: few past errors leave the average, many let the best win.
 * Competitors that were silent on more than half of the targets get weight 0 unless all were.
 */
export function ensembleWeights(past: PastErrors): Float64Array {
  const m = past.locations.length;
  const n = past.actual.length;
  const single = past.locations.map((path) => relativeError(path, past));
  const spoken = single.map((s) => s.covered);
  const most = Math.max(...spoken, 0);
  if (n === 0 || most === 0) return new Float64Array(m).fill(1 / m);
  // Without error at all there is nothing to divide by: of those that are as good, all count the same.
  const best = Math.max(
    EXACT,
    Math.min(...single.map((s) => (s.covered >= 0.5 * most ? s.error : Number.POSITIVE_INFINITY))),
  );
  const alive = single.map((s) => s.covered >= 0.5 * most && s.error <= HOPELESS * best);
  const count = alive.filter(Boolean).length;
  const weights = Float64Array.from(alive, (a) => (a ? 1 / count : 0));
  if (count <= 1 || best === EXACT) return weights;
  let total = 0;
  let squares = 0;
  for (const v of past.importance) {
    total += v;
    squares += v * v;
  }
  const effective = (total * total) / (squares || 1);
  const hold = (HELD / (effective + HELD)) * best;
  const gradient = new Float64Array(m);
  let average = weights.slice();
  for (let round = 0; round < ROUNDS; round++) {
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      let used = 0;
      for (let k = 0; k < m; k++) {
        const v = (past.locations[k] as Float64Array)[i] as number;
        const w = weights[k] as number;
        if (w > 0 && !Number.isNaN(v)) {
          sum += w * v;
          used += w;
        }
      }
      if (used === 0) continue;
      const location = sum / used;
      const ratio = Math.exp(location - (past.actual[i] as number));
      // d |exp(location) / y - 1| / d location
      const slope = (Math.sign(ratio - 1) * Math.min(ratio, 5) * (past.importance[i] as number)) / total;
      for (let k = 0; k < m; k++) {
        const v = (past.locations[k] as Float64Array)[i] as number;
        if (!Number.isNaN(v)) gradient[k] = (gradient[k] as number) + (slope * (v - location)) / used;
      }
    }
    let norm = 0;
    for (let k = 0; k < m; k++) {
      if (!alive[k]) continue;
      const pull = hold * Math.log((weights[k] as number) * count);
      weights[k] =
        (weights[k] as number) * Math.exp(-((gradient[k] as number) + pull) * (2 / best) * (1 / (1 + round / 40)));
      norm += weights[k] as number;
    }
    for (let k = 0; k < m; k++) weights[k] = Math.max((weights[k] as number) / norm, alive[k] ? 1e-6 : 0);
    if (round >= ROUNDS / 2) average = average.map((v, k) => v + (weights[k] as number));
  }
  const sum = average.reduce((a, b) => a + b, 0);
  return average.map((v) => v / sum);
}

function relativeError(path: Float64Array, past: PastErrors): { error: number; covered: number } {
  let error = 0;
  let covered = 0;
  for (let i = 0; i < path.length; i++) {
    const v = path[i] as number;
    if (Number.isNaN(v)) continue;
    const w = past.importance[i] as number;
    error += w * Math.min(5, Math.abs(Math.exp(v - (past.actual[i] as number)) - 1));
    covered += w;
  }
  return { error: covered > 0 ? error / covered : Number.POSITIVE_INFINITY, covered };
}
