/** Variance over mean of counts about their means, >= 1, and the degrees of freedom it is as good as. */
export type Dispersion = { readonly phi: number; readonly df: number };

export type Fitted = {
  readonly y: Float64Array;
  readonly rows: Int32Array;
  readonly weights: Float64Array;
  readonly mu: Float64Array;
  readonly p: number;
};

/** Mean excess kurtosis of the counts from which squares waste too much of what they tell. */
const SKEWED = 0.2;
/** Bisections of log(phi - 1) over its whole range, to half a hundredth. */
const BISECTIONS = 12;
const LEAST = Math.log(1e-3);
const MOST = Math.log(1e3);

/**
 * Pearson's estimate, corrected for sparse counts; where counts are skewed, the negative binomial's maximum likelihood.
 * @see Fletcher (2012), Biometrika 99
 */
export function dispersion({ y, rows, weights, mu, p }: Fitted): Dispersion {
  const n = rows.length;
  let squares = 0;
  let lean = 0;
  let total = 0;
  let inverse = 0;
  for (let i = 0; i < n; i++) {
    const m = mu[i] as number;
    const w = weights[i] as number;
    const residual = (y[rows[i] as number] as number) - m;
    squares += (w * residual * residual) / m;
    lean += (w * residual) / m;
    total += w;
    inverse += 1 / m;
  }
  const pearson = squares / Math.max(1, total - p) / Math.max(0.1, 1 + lean / total);
  const phi = Math.max(1, pearson);
  const excess = ((6 * (phi - 1) + 1 / phi) * inverse) / n;
  const df = Math.max(1, (2 * (n - p)) / (2 + excess));
  if (excess < SKEWED || n <= 2 * p) return { phi, df };
  return likeliest({ y, rows, weights, mu, p }, total) ?? { phi, df };
}

/** Counts with variance phi * mean; the score in d = phi - 1 falls once through zero. */
function likeliest(fitted: Fitted, total: number): Dispersion | undefined {
  let low = LEAST;
  let high = MOST;
  if (score(fitted, low) <= 0) return { phi: 1, df: total };
  if (score(fitted, high) > 0) return undefined;
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (low + high) / 2;
    if (score(fitted, middle) > 0) low = middle;
    else high = middle;
  }
  const u = (low + high) / 2;
  const h = 0.05;
  const curvature = Math.max(1e-9, (score(fitted, u - h) - score(fitted, u + h)) / (2 * h));
  const d = Math.exp(u);
  // Information on log d, turned into that on log phi.
  const information = curvature * ((1 + d) / d) ** 2;
  const spent = total / Math.max(1, total - fitted.p);
  return { phi: (1 + d) * spent, df: Math.min(total, Math.max(1, 2 * information)) };
}

/** Derivative of the log-likelihood by log d. */
function score({ y, rows, weights, mu }: Fitted, u: number): number {
  const d = Math.exp(u);
  const perCount = 1 - d / (1 + d);
  const perMean = Math.log1p(d) / d - 1 / (1 + d);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const m = mu[i] as number;
    const count = y[rows[i] as number] as number;
    const k = m / d;
    let part = count * perCount + m * perMean;
    if (count > 0) part -= k * digammaRise(k, count);
    sum += (weights[i] as number) * part;
  }
  return sum;
}

/** digamma(k + y) - digamma(k) for whole y. */
function digammaRise(k: number, y: number): number {
  if (y > 24) return asymptotic(k + y) - (k > 8 ? asymptotic(k) : asymptotic(k + 24) - digammaRise(k, 24));
  let sum = 0;
  for (let j = 0; j < y; j++) sum += 1 / (k + j);
  return sum;
}

const asymptotic = (x: number): number => Math.log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * x ** 4);
