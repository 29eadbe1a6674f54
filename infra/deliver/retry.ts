/** How often and how long a refused or unanswered effect is tried again. */
export interface RetryPolicy {
  /** Wait after the first attempt, ms; doubled after every further one. */
  readonly firstMs: number;
  /** Longest wait, ms. A Retry-After is honoured up to four times that. */
  readonly longestMs: number;
  /** After as many attempts an effect is given up and marked failed. */
  readonly attempts: number;
}

/** About a day of trying. */
export const RETRY_DEFAULTS: RetryPolicy = { firstMs: 1000, longestMs: 900_000, attempts: 100 };

/**
 * How long to wait after an attempt: half fixed, half by chance, so that many do not come back at once.
 * @param attempts  made so far, at least 1
 * @param random    in [0, 1)
 */
export function backoff(attempts: number, random: number, policy: RetryPolicy): number {
  const full = Math.min(policy.longestMs, policy.firstMs * 2 ** Math.min(attempts - 1, 40));
  return Math.round(full / 2 + (full / 2) * random);
}

/** What a receiver asked for, within reason. */
export const asked = (afterMs: number, policy: RetryPolicy): number => Math.min(afterMs, 4 * policy.longestMs);
