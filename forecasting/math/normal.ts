import { incompleteGamma } from "./incomplete.ts";
import { checkProbability } from "./quantile.ts";

/** P(Z <= z), accurate in the lower tail. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const t = incompleteGamma(0.5, 0.5 * z * z);
  return z < 0 ? 0.5 * t.upper : 0.5 + 0.5 * t.lower;
}

/** P(Z >= z), accurate in the upper tail. */
export function normalUpperTail(z: number): number {
  return normalCdf(-z);
}

/** Quantile of the standard normal. Source: Wichura (1988), AS 241, PPND16; relative error about 1e-16. */
export function normalQuantile(p: number): number {
  checkProbability(p);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * ratio(r, CENTRE_TOP, CENTRE_BOTTOM);
  }
  return q < 0 ? -tail(p) : tail(1 - p);
}

/** z with P(Z >= z) = p: keeps its digits for tiny p, where normalQuantile(1 - p) cannot. */
export function normalUpperQuantile(p: number): number {
  return -normalQuantile(p);
}

function tail(p: number): number {
  if (p === 0) return Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(p));
  return r <= 5 ? ratio(r - 1.6, NEAR_TOP, NEAR_BOTTOM) : ratio(r - 5, FAR_TOP, FAR_BOTTOM);
}

function ratio(r: number, top: readonly number[], bottom: readonly number[]): number {
  let a = 0;
  let b = 0;
  for (let i = top.length - 1; i >= 0; i--) {
    a = a * r + (top[i] as number);
    b = b * r + (bottom[i] as number);
  }
  return a / b;
}

const CENTRE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const NEAR_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const NEAR_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_TOP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const FAR_BOTTOM = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
];
