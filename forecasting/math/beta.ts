import { logGamma } from "./gamma.ts";
import { incompleteBeta } from "./incomplete.ts";
import { checkProbability, increasingRoot } from "./quantile.ts";

/** Density of Beta(a, b) on 0..1, a and b > 0. */
export function betaPdf(x: number, a: number, b: number): number {
  if (x < 0 || x > 1) return 0;
  if (x === 0) return a < 1 ? Number.POSITIVE_INFINITY : a === 1 ? b : 0;
  if (x === 1) return b < 1 ? Number.POSITIVE_INFINITY : b === 1 ? a : 0;
  return Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
}

/** P(X <= x). */
export function betaCdf(x: number, a: number, b: number): number {
  return incompleteBeta(a, b, x).lower;
}

/** Quantile of Beta(a, b), by a root on the log odds; for b < 1 the nearest double to 1 may be as close as it gets. */
export function betaQuantile(p: number, a: number, b: number): number {
  checkProbability(p);
  if (p === 0 || p === 1) return p;
  const target = Math.log(p) - Math.log1p(-p);
  const f = (logit: number): number => {
    const x = 1 / (1 + Math.exp(-logit));
    const t = incompleteBeta(a, b, x, 1 / (1 + Math.exp(logit)));
    return Math.max(-1e3, Math.min(1e3, Math.log(t.lower) - Math.log(t.upper))) - target;
  };
  return 1 / (1 + Math.exp(-increasingRoot(f, -700, 700)));
}
