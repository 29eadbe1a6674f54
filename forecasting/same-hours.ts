import { negativeBinomialQuantile, negativeBinomialUpperTail } from "./math/negative-binomial.ts";

export interface Window {
  /** Events in the window, >= 0. */
  readonly count: number;
  /** What the count is proportional to when nothing is wrong, > 0. */
  readonly exposure: number;
}

/** Half an event in an average window is known before any was seen, so an empty past is not certainty. */
const PRIOR_EVENTS = 0.5;

/**
 * How surprising a count is against the same hours of past weeks: the tail of the negative binomial that a
 * Poisson rate with a gamma posterior predicts. Its spread holds both the chance in the count and how little a few
 * weeks tell; where the past weeks vary more than Poisson by a factor phi, so will the next: the variance is
 * phi (expected + expected^2 / events). With four weeks phi is a rough guess: where weeks vary twice as much as Poisson,
 * alarms at a level of 1 % come at 2.5 %.
 * @param history  the same hours of past weeks, any order, at least one
 * @param alpha    probability of a count above `upper` when nothing is wrong
 * @returns        expected count, upper bound, and P(Y >= count)
 * @throws RangeError for an empty history or an exposure that is not positive
 * @see Gelman et al., Bayesian Data Analysis (2013), section 2.6: the gamma-Poisson predictive
 */
export function sameHours(
  history: readonly Window[],
  now: Window,
  alpha: number,
): { readonly expected: number; readonly upper: number; readonly pValue: number } {
  if (history.length === 0) throw new RangeError("expected at least one past window, got none");
  const bad = [...history, now].find((window) => !(window.exposure > 0));
  if (bad) throw new RangeError(`expected positive exposures, got ${bad.exposure}`);
  const events = history.reduce((sum, { count }) => sum + count, 0) + PRIOR_EVENTS;
  const exposure = history.reduce((sum, window) => sum + window.exposure, 0);
  const rate = events / exposure;
  const expected = rate * now.exposure;
  const phi = dispersion(history, rate);
  const theta = 1 / ((phi - 1) / expected + phi / events);
  return {
    expected,
    upper: negativeBinomialQuantile(1 - alpha, expected, theta),
    pValue: negativeBinomialUpperTail(now.count, expected, theta),
  };
}

/** Pearson's dispersion of the past windows around their common rate, at least 1 (Poisson). */
function dispersion(history: readonly Window[], rate: number): number {
  if (history.length < 2) return 1;
  const pearson = history.reduce(
    (sum, { count, exposure }) => sum + (count - rate * exposure) ** 2 / (rate * exposure),
    0,
  );
  return Math.max(1, pearson / (history.length - 1));
}
