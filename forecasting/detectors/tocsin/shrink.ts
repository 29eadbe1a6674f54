import { cholesky, choleskyInverse, choleskySolve } from "../../glm/cholesky.ts";
import type { Group } from "./design.ts";

/** Squared size, over that of its error, below which a group is dropped. */
const NOTHING = 1;
/** Penalty of a group that is dropped, in units of its own information. */
const DROPPED = 1e4;

/**
 * Empirical Bayes: the coefficients of a group (a harmonic's pair, the trend) have a common variance, estimated as what
 * their squares exceed their errors by. A season that shows stays as it is; one that is not there no longer costs
 * its error. On the quadratic the fit ended on.
 * @param beta    coefficients of the free fit
 * @param factor  Cholesky factor of its information X'WX, replaced by that of the penalised one
 * @param phi     variance over mean
 * @returns the pulled coefficients
 * @see Efron and Morris (1973), JASA 68
 */
export function shrink(beta: Float64Array, factor: Float64Array, groups: readonly Group[], phi: number): Float64Array {
  const p = beta.length;
  if (groups.length === 0) return beta.slice();
  const inverse = choleskyInverse(factor, p);
  const information = product(factor, p);
  const out = times(information, p, beta);
  for (const { first, size } of groups) {
    let square = 0;
    let error = 0;
    for (let j = first; j < first + size; j++) {
      square += (beta[j] as number) ** 2;
      error += phi * (inverse[j * p + j] as number);
    }
    const variance = Math.max(square - NOTHING * error, error / DROPPED) / size;
    for (let j = first; j < first + size; j++) {
      information[j * p + j] = (information[j * p + j] as number) + phi / variance;
    }
  }
  cholesky(information, p);
  factor.set(information);
  choleskySolve(factor, p, out);
  return out;
}

/** L L', the full symmetric matrix. */
function product(l: Float64Array, p: number): Float64Array {
  const a = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += (l[i * p + k] as number) * (l[j * p + k] as number);
      a[i * p + j] = sum;
      a[j * p + i] = sum;
    }
  }
  return a;
}

function times(a: Float64Array, p: number, b: Float64Array): Float64Array {
  const out = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) out[i] = (out[i] as number) + (a[i * p + j] as number) * (b[j] as number);
  }
  return out;
}
