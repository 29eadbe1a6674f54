import { negativeBinomialQuantile, negativeBinomialUpperTail } from "../math/negative-binomial.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { checkWindow, type ReferenceWindow, referenceValues, windowHistory } from "./reference-window.ts";

export type BayesOptions = ReferenceWindow & { readonly freq: number; readonly alpha: number };

/** The three named settings: this year only; this and last year; two past years. */
export const BAYES_DEFAULTS = {
  bayes1: { b: 0, w: 6, actY: true, alpha: 0.05, freq: 52 },
  bayes2: { b: 1, w: 6, actY: true, alpha: 0.05, freq: 52 },
  bayes3: { b: 2, w: 4, actY: false, alpha: 0.05, freq: 52 },
} as const satisfies Record<string, BayesOptions>;

/**
 * Bayes 1-3: Poisson counts with Jeffreys' prior, so the next count is negative binomial.
 * @param counts  shape (n,), oldest first; NaN where missing
 * @returns       judgement, shape (n - from,); alarm where count > upper
 * @throws RangeError for an option out of range
 * @see Riebler (2004), Empirischer Vergleich von statistischen Methoden zur Ausbruchserkennung
 */
export function bayes(counts: Float64Array, from: number, options: BayesOptions): Judgement {
  const { alpha, freq } = options;
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  checkWindow(options);
  checkFrom(from, counts.length, windowHistory(options, freq));
  const out = blankJudgement(counts.length - from);
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const reference = referenceValues(counts, t, freq, options);
    if (reference.length === 0) continue;
    // Gamma(sum + 1/2, n) posterior of the rate.
    const size = reference.reduce((a, b) => a + b, 0.5);
    const mean = size / reference.length;
    const y = counts[t] as number;
    out.expected[i] = mean;
    out.upper[i] = negativeBinomialQuantile(1 - alpha, mean, size);
    out.pvalue[i] = negativeBinomialUpperTail(y, mean, size);
    out.alarm[i] = y > (out.upper[i] as number) ? 1 : 0;
  }
  return out;
}
