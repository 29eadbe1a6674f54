/** A stream of uniform numbers in [0, 1). */
export type Random = () => number;

/** Standard normal by the polar method. */
export function normal(random: Random): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/** Gamma with unit scale. @see Marsaglia and Tsang (2000), ACM TOMS 26 */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - random();
    // The squeeze lies within what the logarithms accept.
    if (u < 1 - 0.0331 * x * x * x * x) return d * v;
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/**
 * Poisson count: inversion for small means, Hoermann's transformed rejection for large. @see Hoermann (1993), IME 12
 * @throws RangeError for a mean that is no number >= 0: rejection would go on for ever
 */
export function poissonCount(random: Random, mean: number): number {
  if (!(mean >= 0 && mean < Number.POSITIVE_INFINITY)) throw new RangeError(`mean: expected >= 0, got ${mean}`);
  if (mean < 12) {
    let product = random();
    const limit = Math.exp(-mean);
    let count = 0;
    while (product > limit) {
      product *= random();
      count++;
    }
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const logMean = Math.log(mean);
  for (;;) {
    const u = random() - 0.5;
    const v = 1 - random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverse) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}

/** Negative binomial count with variance mean + mean^2/size; size Infinity is the Poisson. */
export function negativeBinomialCount(random: Random, mean: number, size: number): number {
  return poissonCount(random, size === Number.POSITIVE_INFINITY ? mean : (gamma(random, size) * mean) / size);
}

function logFactorial(k: number): number {
  if (k < 2) return 0;
  const x = k + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + 1 / (12 * x) - 1 / (360 * x ** 3);
}
