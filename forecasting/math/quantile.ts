import type { Tails } from "./incomplete.ts";

/** Checks that p is a probability. @throws RangeError */
export function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`probability: expected 0..1, got ${p}`);
}

/**
 * Smallest integer k >= 0 with P(Y <= k) >= p.
 * @param tails  k -> { lower: P(Y <= k), upper: P(Y > k) }
 * @param guess  a first approximation, any finite number
 * @param spread rough standard deviation, for the first step
 */
export function integerQuantile(p: number, tails: (k: number) => Tails, guess: number, spread: number): number {
  if (p === 1) return Number.POSITIVE_INFINITY;
  const reached = (k: number): boolean => {
    const t = tails(k);
    // A hair of slack keeps p = cdf(k) at k in spite of rounding, as R's qpois does.
    return p > 0.5 ? t.upper <= (1 - p) * (1 + 1e-13) : t.lower >= p * (1 - 1e-13);
  };
  let step = Math.max(1, Math.ceil(spread / 4));
  let high = Math.max(0, Math.ceil(guess));
  let low = -1;
  if (reached(high)) {
    while (high > 0) {
      const k = Math.max(0, high - step);
      if (!reached(k)) {
        low = k;
        break;
      }
      high = k;
      step *= 2;
    }
    if (high === 0) return 0;
  } else {
    low = high;
    for (;;) {
      high = low + step;
      if (reached(high)) break;
      low = high;
      step *= 2;
    }
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Root of an increasing function on [low, high] by bisection with secant steps (Illinois). */
export function increasingRoot(f: (x: number) => number, low: number, high: number): number {
  let a = low;
  let b = high;
  let fa = f(a);
  let fb = f(b);
  if (fa >= 0) return a;
  if (fb <= 0) return b;
  for (let i = 0; i < 300; i++) {
    let x = (a * fb - b * fa) / (fb - fa);
    if (i % 3 === 2 || !(x > a && x < b)) x = (a + b) / 2;
    if (x === a || x === b) return x;
    const fx = f(x);
    if (fx === 0 || b - a < 4e-16 * Math.max(Math.abs(a), Math.abs(b))) return x;
    if (fx < 0) {
      a = x;
      fa = fx;
      fb /= 2;
    } else {
      b = x;
      fb = fx;
      fa /= 2;
    }
  }
  return (a + b) / 2;
}
