export type LocalLevel = {
  /** Log ratio to add at the origin. */
  readonly now: number;
  /** Share of it that is left after each moment ahead. */
  readonly keep: number;
};

/** Smoothing weights and persistences tried. */
const GAINS = [0, 0.03, 0.06, 0.12, 0.25];
const KEEPS = [1, 0.98, 0.93, 0.8];
/** The smoothed level is shrunk: residuals of a fit look calmer than those ahead. */
const SHRINK = 0.9;

/**
 * Exponentially weighted level of log(y / fitted), with the weight and persistence that would have forecast the
 * residuals over the horizon best.
 */
export function choose(
  y: Float64Array,
  fitted: Float64Array,
  weights: Float64Array,
  horizon: number,
  theta: number,
): LocalLevel {
  const n = y.length;
  const ratio = new Float64Array(n);
  const known = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const mu = fitted[i] as number;
    known[i] = (weights[i] as number) > 0 ? 1 : 0;
    // Counts too small for a ratio count for little, outliers are bounded.
    const sd = Math.sqrt(1 / theta + 1 / Math.max(mu, 0.1));
    const r = Math.log(((y[i] as number) + 0.5) / (mu + 0.5));
    ratio[i] = Math.max(-3 * sd, Math.min(3 * sd, r));
  }
  const steps = [...new Set([1, Math.ceil(horizon / 2), horizon])];
  let best = { score: Number.POSITIVE_INFINITY, now: 0, keep: 1 };
  for (const gain of GAINS) {
    for (const keep of gain === 0 ? [1] : KEEPS) {
      let level = 0;
      let score = 0;
      const left = steps.map((h) => SHRINK * keep ** h);
      for (let i = 0; i < n; i++) {
        if (known[i] === 1) level += gain * ((ratio[i] as number) - level);
        if (i < n / 3) continue;
        for (let s = 0; s < steps.length; s++) {
          const j = i + (steps[s] as number);
          if (j < n && known[j] === 1) score += Math.abs((ratio[j] as number) - (left[s] as number) * level);
        }
      }
      if (score < best.score * 0.998) best = { score, now: SHRINK * level, keep };
    }
  }
  return { now: best.now, keep: best.keep };
}
