import { incompleteBeta } from "./incomplete.ts";
import { normalQuantile } from "./normal.ts";
import { checkProbability, increasingRoot } from "./quantile.ts";

/** P(T <= t), accurate in the lower tail. */
export function studentCdf(t: number, df: number): number {
  if (t === 0) return 0.5;
  const s = df + t * t;
  const beta = incompleteBeta(df / 2, 0.5, df / s, (t * t) / s);
  return t < 0 ? beta.lower / 2 : 0.5 + beta.upper / 2;
}

/** P(T >= t), accurate in the upper tail. */
export function studentUpperTail(t: number, df: number): number {
  return studentCdf(-t, df);
}

/** Quantile of Student's t, by a root of the log of the smaller tail. */
export function studentQuantile(p: number, df: number): number {
  checkProbability(p);
  if (!(df > 0)) throw new RangeError(`df: expected > 0, got ${df}`);
  if (p === 0.5) return 0;
  if (p > 0.5) return -studentQuantile(1 - p, df);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  const target = Math.log(p);
  let low = Math.min(-1, 2 * normalQuantile(p));
  while (studentCdf(low, df) > p) low *= 4;
  return increasingRoot((t) => Math.log(studentCdf(t, df)) - target, low, 0);
}
