/** Variance over mean of counts about their means, >= 1, and the degrees of freedom it is as good as. */
export type Dispersion = { readonly phi: number; readonly df: number };

export type Fitted = {
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly mu: Float64Array;
  readonly p: number;
};

/** Mean excess kurtosis of the counts from which squares waste too much of what they tell. */
const SKEWED = 0.2;
/** Range of log(phi - 1) searched. */
const LEAST = Math.log(1e-3);
const MOST = Math.log(1e3);
/** A Newton step this small leaves an error of its square. */
const SETTLED = 0.01;
const ROUNDS = 40;

/**
 * Pearson's estimate, corrected for sparse counts; where counts are skewed, the negative binomial's maximum likelihood.
 * @param guess  phi to start the search from; Pearson's when left out
 * @see Fletcher (2012), Biometrika 99
 */
export function dispersion({ y, weights, mu, p }: Fitted, guess?: number): Dispersion {
  const n = y.length;
  let squares = 0;
  let lean = 0;
  let total = 0;
  let inverse = 0;
  for (let i = 0; i < n; i++) {
    const over = 1 / (mu[i] as number);
    const w = weights[i] as number;
    const residual = (y[i] as number) - (mu[i] as number);
    const part = w * residual * over;
    squares += part * residual;
    lean += part;
    total += w;
    inverse += over;
  }
  const pearson = squares / Math.max(1, total - p) / Math.max(0.1, 1 + lean / total);
  const phi = Math.max(1, pearson);
  const excess = ((6 * (phi - 1) + 1 / phi) * inverse) / n;
  const df = Math.max(1, (2 * (n - p)) / (2 + excess));
  if (excess < SKEWED || n <= 2 * p) return { phi, df };
  return likeliest({ y, weights, mu, p }, total, guess ?? phi) ?? { phi, df };
}

/** Counts with variance phi * mean; the score in d = phi - 1 falls once through zero: Newton's steps, kept between bounds. */
function likeliest(fitted: Fitted, total: number, guess: number): Dispersion | undefined {
  const sums = sufficient(fitted);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let u = Math.max(LEAST, Math.min(MOST, Math.log(Math.max(guess - 1, 0.03))));
  let at = score(sums, u);
  for (let round = 0; round < ROUNDS; round++) {
    if (at.value > 0) low = u;
    else high = u;
    if (low === MOST) return undefined;
    if (high === LEAST) return { phi: 1, df: total };
    const step = at.slope < 0 ? -at.value / at.slope : Math.sign(at.value);
    let next = Math.max(LEAST, Math.min(MOST, u + Math.max(-3, Math.min(3, step))));
    if (next < low || next > high) next = (low + high) / 2;
    const moved = Math.abs(next - u);
    u = next;
    if (moved < SETTLED && u > LEAST && u < MOST) break;
    at = score(sums, u);
  }
  const d = Math.exp(u);
  // Information on log d, turned into that on log phi.
  const information = Math.max(1e-9, -at.slope) * ((1 + d) / d) ** 2;
  const spent = total / Math.max(1, total - fitted.p);
  return { phi: (1 + d) * spent, df: Math.min(total, Math.max(1, 2 * information)) };
}

/** The part of the score every d shares, and the counts above zero with their means and weights, one after another. */
type Sums = { readonly counts: number; readonly means: number; readonly some: Float64Array };

function sufficient({ y, weights, mu }: Fitted): Sums {
  const some = new Float64Array(3 * y.length);
  let k = 0;
  let counts = 0;
  let means = 0;
  for (let i = 0; i < y.length; i++) {
    const w = weights[i] as number;
    const count = y[i] as number;
    means += w * (mu[i] as number);
    if (count === 0) continue;
    counts += w * count;
    some[k++] = count;
    some[k++] = mu[i] as number;
    some[k++] = w;
  }
  return { counts, means, some: some.subarray(0, k) };
}

/** From here on Stirling's series of the digamma is exact enough. */
const STIRLING = 8;

/**
 * Derivative of the log-likelihood by u = log d, and its own. A count y of size k = mean / d adds
 * -k (digamma(k + y) - digamma(k)): the first terms one by one until Stirling's series serves.
 */
function score({ counts, means, some }: Sums, u: number): { value: number; slope: number } {
  const d = Math.exp(u);
  const over = 1 / d;
  let rises = 0;
  let bends = 0;
  for (let i = 0; i < some.length; i += 3) {
    const y = some[i] as number;
    const k = (some[i + 1] as number) * over;
    const steps = k >= STIRLING ? 0 : Math.ceil(STIRLING - k);
    const single = y < steps + 2;
    const end = single ? y : steps;
    let rise = 0;
    let bend = 0;
    let j = 0;
    for (; j < end; j++) {
      const part = 1 / (k + j);
      rise += part;
      bend -= part * part;
    }
    if (j < y) {
      const a = 1 / (k + j);
      const b = 1 / (k + y);
      const aa = a * a;
      const bb = b * b;
      // Fractional counts leave the rest of a step to the series as well.
      rise += Math.log((k + y) * a) + 0.5 * (a - b) + aa * digammaRest(aa) - bb * digammaRest(bb);
      bend += b - a + 0.5 * (bb - aa) + bb * b * trigammaRest(bb) - aa * a * trigammaRest(aa);
    }
    const wk = (some[i + 2] as number) * k;
    rises += wk * rise;
    bends += wk * (rise + k * bend);
  }
  const log = Math.log1p(d) * over;
  const rest = 1 / (1 + d);
  return {
    value: counts * rest + means * (log - rest) - rises,
    slope: -counts * d * rest * rest + means * (rest - log + d * rest * rest) + bends,
  };
}

/** Series of digamma and trigamma beyond their first two terms, in 1 / x^2. */
const digammaRest = (inverse: number): number => 1 / 12 - inverse * (1 / 120 - inverse / 252);
const trigammaRest = (inverse: number): number => 1 / 6 - inverse * (1 / 30 - inverse / 42);
