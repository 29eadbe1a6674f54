/**
 * Likelihood ratio statistics of a segment of counts x[s..n] with known in-control means mu. Each maximises over the change
 * point k and, but for the cumulative ones, over the size of the change.
 */
export type Segment = { readonly x: Float64Array; readonly mu: Float64Array; readonly start: number };

const NOTHING = Number.NEGATIVE_INFINITY;
const NEWTON_STEPS = 1000;
const NEWTON_FLOOR = -18;

/** Poisson, multiplicative change; windows k..n of at least `least` steps, k from `low`. @param dir  1 up, -1 down */
export function poissonGlr({ x, mu }: Segment, n: number, low: number, least: number, dir: 1 | -1): number {
  let best = NOTHING;
  let sumX = 0;
  let sumMu = 0;
  for (let k = n; k >= low; k--) {
    sumX += x[k] as number;
    sumMu += mu[k] as number;
    if (n - k + 1 < least) continue;
    const kappa = dir * Math.max(0, dir * Math.log(sumX / sumMu));
    // A down-change to nothing at all: kappa is -Infinity and 0 * -Infinity stands for 0.
    const gain = (sumX > 0 ? kappa * sumX : 0) + (1 - Math.exp(kappa)) * sumMu;
    if (gain > best) best = gain;
  }
  return best;
}

/** Negative binomial (variance mu + alpha mu^2), multiplicative change; k from low to high. */
export function negativeBinomialGlr(
  segment: Segment,
  n: number,
  low: number,
  high: number,
  alpha: number,
  dir: 1 | -1,
): number {
  let best = NOTHING;
  let kappa = 0.5;
  for (let k = low; k <= high; k++) {
    kappa = dir * Math.max(0, dir * interceptChange(segment, k, n, alpha, kappa));
    let gain = 0;
    for (let i = k; i <= n; i++) gain += negativeBinomialGain(segment, i, alpha, kappa);
    if (gain > best) best = gain;
  }
  return best;
}

/** log f(x_i; mu e^kappa) / f(x_i; mu) for the negative binomial; alpha = 0 is the Poisson. */
export function negativeBinomialGain({ x, mu }: Segment, i: number, alpha: number, kappa: number): number {
  const y = x[i] as number;
  const m = mu[i] as number;
  if (alpha === 0) return kappa * y + (1 - Math.exp(kappa)) * m;
  return kappa * y + (y + 1 / alpha) * Math.log((1 + alpha * m) / (1 + alpha * m * Math.exp(kappa)));
}

/** Maximum likelihood log change of x[k..n] by Newton's method from `start`. */
function interceptChange({ x, mu }: Segment, k: number, n: number, alpha: number, start: number): number {
  let kappa = start;
  let step = 1;
  for (let iteration = 0; kappa > NEWTON_FLOOR && Math.abs(step) > 1e-6 && iteration < NEWTON_STEPS; iteration++) {
    const factor = Math.exp(kappa);
    let score = 0;
    let information = 0;
    for (let i = k; i <= n; i++) {
      const m = mu[i] as number;
      const y = x[i] as number;
      const spread = 1 + alpha * factor * m;
      score += (y - factor * m) / spread;
      information += (m * (alpha * y + 1)) / (spread * spread);
    }
    step = score / (factor * information);
    kappa += step;
  }
  return kappa;
}

/** Poisson counts that after k also depend on the count before: mean mu_i + lambda x_(i-1). k from low to high. */
export function poissonEpidemicGlr(
  { x, mu }: Segment,
  previous: Float64Array,
  n: number,
  low: number,
  high: number,
): number {
  let best = NOTHING;
  let lambda = 0.5;
  for (let k = low; k <= high; k++) {
    let last = Number.POSITIVE_INFINITY;
    for (
      let step = 0;
      lambda > Math.exp(NEWTON_FLOOR) && Math.abs(lambda - last) > 1e-6 && step < NEWTON_STEPS;
      step++
    ) {
      last = lambda;
      let slope = 0;
      let curve = 0;
      for (let i = k; i <= n; i++) {
        const p = previous[i] as number;
        const mean = lambda * p + (mu[i] as number);
        slope += ((x[i] as number) * p) / mean - p;
        curve += ((x[i] as number) * p * p) / (mean * mean);
      }
      // Newton on log(lambda), which keeps lambda positive.
      lambda *= Math.exp((lambda * slope) / (lambda * lambda * curve - lambda * slope));
    }
    let gain = 0;
    for (let i = k; i <= n; i++) {
      const p = previous[i] as number;
      gain += (x[i] as number) * Math.log((lambda * p) / (mu[i] as number) + 1) - lambda * p;
    }
    if (gain > best) best = gain;
  }
  return best;
}

/**
 * The same epidemic change for negative binomial counts. The size of the change is taken from the multiplicative chart,
 * as the reference does, and is not this model's own maximum.
 */
export function negativeBinomialEpidemicGlr(
  segment: Segment,
  previous: Float64Array,
  n: number,
  low: number,
  high: number,
  alpha: number,
): number {
  let best = NOTHING;
  let theta = 0.5;
  for (let k = low; k <= high; k++) {
    theta = interceptChange(segment, k, n, alpha, theta);
    let gain = 0;
    for (let i = k; i <= n; i++) {
      const m = segment.mu[i] as number;
      const raised = m + Math.exp(theta) * (previous[i] as number);
      const y = segment.x[i] as number;
      gain += y * Math.log(raised / m) + (y + 1 / alpha) * Math.log((1 + alpha * m) / (1 + alpha * raised));
    }
    if (gain > best) best = gain;
  }
  return best;
}
