import { poissonCdf } from "../math/poisson.ts";

/** Decision bound h and reference value k of a Poisson CUSUM at in-control mean theta0, and the run length they give. */
export type CusumDesign = { readonly theta0: number; readonly h: number; readonly k: number; readonly arl: number };

/** Relative error of the run length accepted while looking for h. */
const TOLERANCE = 0.02;

/**
 * Average number of steps to a false alarm of an upward Poisson CUSUM, by its Markov chain on the lattice of h and k.
 * The chain's matrix is Toeplitz but for its first column, so Levinson's recursion solves it in O(states^2).
 * @returns the average from a sum of zero, and from the head start h/2
 * @see Hawkins (1992), Communications in Statistics - Simulation 21
 */
export function poissonCusumRunLength(
  h: number,
  k: number,
  theta: number,
  digits: number,
): { arl: number; fir: number } {
  const parts = commonDenominator(h, k, digits);
  const K = Math.round(k * parts);
  const M = Math.round(h * parts) - 1;
  if (M < 0) throw new RangeError(`h: expected a positive bound, got ${h}`);
  // P(X <= j/parts + k); the sum moves by j lattice points with probability atMost(j) - atMost(j - 1).
  const atMost = new Float64Array(2 * M + 2);
  for (let j = -M - 1; j <= M; j++) {
    const x = Math.floor((j + K) / parts + 1e-7);
    atMost[j + M + 1] = x < 0 ? 0 : poissonCdf(x, theta);
  }
  const n = M + 1;
  const move = (j: number): number => (atMost[j + M + 1] as number) - (atMost[j + M] as number);
  const diagonals = new Float64Array(2 * n - 1);
  for (let j = -(n - 1); j <= n - 1; j++) diagonals[j + n - 1] = (j === 0 ? 1 : 0) - move(j);
  const ones = new Float64Array(n).fill(1);
  // From state i the sum falls to zero with P(X <= k - i), of which the Toeplitz part holds only the last point.
  const toZero = Float64Array.from(ones, (_, i) => atMost[-i + M] as number);
  const [u, v] = solveToeplitz(diagonals, [ones, toZero]);
  const factor = (u?.[0] as number) / (1 - (v?.[0] as number));
  const at = (i: number): number => (u?.[i] as number) + factor * (v?.[i] as number);
  return { arl: at(0), fir: at(Math.max(0, Math.floor((M + 1) / 2 + 1) - 1)) };
}

/** h and k for an increase by s standard deviations and a run length near arl0. @see Rogerson and Yamada (2004) */
export function designPoissonCusum(theta0: number, arl0: number, s: number, digits: number, fir: boolean): CusumDesign {
  const k = referenceValue(theta0, theta0 + s * Math.sqrt(theta0), digits);
  const run = (h: number): number => poissonCusumRunLength(h, k, theta0, digits)[fir ? "fir" : "arl"];
  let h1 = round(Math.min(12, 4 * k), digits);
  let arl1 = run(h1);
  while (arl1 < 100) {
    h1 *= 2;
    arl1 = run(h1);
  }
  const h2 = h1 * 2 ** Math.sign(arl0 - arl1);
  const slope = (h2 - h1) / (Math.log(run(h2)) - Math.log(arl1));
  let h = round(h1 + slope * (Math.log(arl0) - Math.log(arl1)), digits);
  let arl = run(h);
  const near = (a: number): boolean => Math.abs(a - arl0) / arl0 < TOLERANCE;
  if (near(arl)) return { theta0, h, k, arl };
  // Walk along the lattice until the run length is near or its target is passed; then take the side that is safe.
  const step = 1 / commonDenominator(1, k, digits);
  for (;;) {
    const sign = Math.sign(arl0 - arl);
    const next = round(h + sign * step, digits);
    const nextArl = run(next);
    if (near(nextArl)) return { theta0, h: next, k, arl: nextArl };
    const passed = sign * Math.sign(arl0 - nextArl) <= 0;
    if (passed) return nextArl > arl0 ? { theta0, h: next, k, arl: nextArl } : { theta0, h, k, arl };
    h = next;
    arl = nextArl;
  }
}

/**
 * Reference value of a Poisson CUSUM between means theta0 and theta1, rounded and kept off whole and half numbers, where the
 * chain would have few states.
 */
export function referenceValue(theta0: number, theta1: number, digits: number): number {
  let k = (theta1 - theta0) / (Math.log(theta1) - Math.log(theta0));
  const half = round(k, digits) * 2;
  if (half === Math.round(half)) {
    const rest = ((k - Math.floor(k)) * 10 ** digits) % 1;
    k += (rest < 0.5 ? 0.5 : -0.5) * 10 ** -digits;
  }
  return round(k, digits);
}

function round(x: number, digits: number): number {
  const scaled = x * 10 ** digits;
  const below = Math.floor(scaled);
  // Exact halves go to the even neighbour, as IEC 60559 has it.
  const up = scaled - below > 0.5 || (scaled - below === 0.5 && below % 2 !== 0);
  return (below + (up ? 1 : 0)) / 10 ** digits;
}

/** Smallest number that makes both whole. */
function commonDenominator(x: number, y: number, digits: number): number {
  const whole = (v: number): boolean => Math.abs(v - Math.round(v)) < 1e-6;
  for (let parts = 1; parts <= 10 ** digits; parts++) {
    if (whole(round(x, digits) * parts) && whole(round(y, digits) * parts)) return parts;
  }
  return 10 ** digits;
}

/** Levinson's recursion for T x = b, T[i][j] = diagonals[j - i + n - 1]. */
function solveToeplitz(diagonals: Float64Array, sides: readonly Float64Array[]): Float64Array[] {
  const n = (diagonals.length + 1) / 2;
  const t = (j: number): number => diagonals[j + n - 1] as number;
  const forward = new Float64Array(n);
  const backward = new Float64Array(n);
  forward[0] = 1 / t(0);
  backward[0] = 1 / t(0);
  const solutions = sides.map((b) => {
    const x = new Float64Array(n);
    x[0] = (b[0] as number) / t(0);
    return x;
  });
  for (let m = 1; m < n; m++) {
    let errorForward = 0;
    let errorBackward = 0;
    for (let i = 0; i < m; i++) {
      errorForward += t(i - m) * (forward[i] as number);
      errorBackward += t(i + 1) * (backward[i] as number);
    }
    const scale = 1 / (1 - errorForward * errorBackward);
    let shifted = 0;
    for (let i = 0; i <= m; i++) {
      const f = i < m ? (forward[i] as number) : 0;
      const b = shifted;
      shifted = backward[i] as number;
      forward[i] = scale * (f - errorForward * b);
      backward[i] = scale * (b - errorBackward * f);
    }
    sides.forEach((side, k) => {
      const x = solutions[k] as Float64Array;
      let error = side[m] as number;
      for (let i = 0; i < m; i++) error -= t(i - m) * (x[i] as number);
      for (let i = 0; i <= m; i++) x[i] = (x[i] as number) + error * (backward[i] as number);
    });
  }
  return solutions;
}
