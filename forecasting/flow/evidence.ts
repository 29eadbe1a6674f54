/** What a series is asked about, each against the same expectation. */
export const CHANGES = ["stop", "collapse", "surge"] as const;
export type Change = (typeof CHANGES)[number];

/** How many times the expected is seen when it has happened. */
export const RATIOS: Readonly<Record<Change, number>> = { stop: 0.1, collapse: 0.5, surge: 2 };

/** Evidence for one change, since it last had none. */
export interface Evidence {
  /** Log likelihood ratio, >= 0, nats. */
  score: number;
  /** First hour of it, on the caller's clock; meaningless while the score is 0. */
  since: number;
  observed: number;
  expected: number;
}

export const noEvidence = (): Evidence => ({ score: 0, since: 0, observed: 0, expected: 0 });

/**
 * Adds the count of one hour: a CUSUM of log likelihood ratios of a Poisson count, `ratio` times the expected against
 * the expected, divided by the dispersion (quasi-likelihood). With a true expectation and dispersion it passes a
 * score of h by chance no oftener than once in e^h hours. Changed in place.
 * @param dispersion  variance over mean, >= 1
 * @see Lorden (1971), Annals of Mathematical Statistics 42: the bound on the run length
 */
export function accumulate(
  evidence: Evidence,
  ratio: number,
  hour: number,
  observed: number,
  expected: number,
  dispersion: number,
): void {
  const step = ((observed === 0 ? 0 : observed * Math.log(ratio)) + (1 - ratio) * expected) / dispersion;
  if (evidence.score + step <= 0) {
    evidence.score = 0;
    evidence.since = 0;
    evidence.observed = 0;
    evidence.expected = 0;
    return;
  }
  if (evidence.score === 0) evidence.since = hour;
  evidence.score += step;
  evidence.observed += observed;
  evidence.expected += expected;
}

/**
 * Score at which many series together, looked at every hour, are wrong at most so often.
 * @param watched  how many scores are kept
 * @param perWeek  false alarms of all of them together in a week, > 0
 */
export const threshold = (watched: number, perWeek: number): number =>
  Math.log(Math.max(1, (168 * Math.max(1, watched)) / perWeek));

/** Variance of daily sums around their expectation, forgetting by a factor a day. Changed in place by `learnDay`. */
export interface Dispersion {
  squares: number;
  days: number;
}

const FORGET = 0.95;
/** Before days were seen, counts are taken to vary twice as much as Poisson, worth this many days. */
const PRIOR_DAYS = 4;
const PRIOR_DISPERSION = 2;
/** One wild day says no more than this, in units of the expected: it may be what we look for. */
const WILD = 12;

/**
 * Learns from a day: where the count lies between two explanations it agrees with both.
 * @param low   sum of the lower expectation
 * @param high  sum of the higher expectation, >= low
 */
export function learnDay(dispersion: Dispersion, observed: number, low: number, high: number): void {
  if (high < 1) return;
  const nearest = Math.min(Math.max(observed, low), high);
  const mean = Math.max(nearest, 0.5);
  dispersion.squares = FORGET * dispersion.squares + Math.min(WILD, (observed - nearest) ** 2 / mean);
  dispersion.days = FORGET * dispersion.days + 1;
}

/** @returns variance over mean, >= 1 */
export const dispersionOf = ({ squares, days }: Dispersion): number =>
  Math.max(1, (squares + PRIOR_DAYS * PRIOR_DISPERSION) / (days + PRIOR_DAYS));
