/** "kulldorff" compares inside with outside given all cases; "expectation" takes the expected counts as they are. */
export type Statistic = "kulldorff" | "expectation";

/**
 * Log likelihood ratio of more cases than expected inside a window; 0 where there are not.
 * @param total  all cases, which the expected counts of a Kulldorff scan sum to as well
 * @see Kulldorff (1997); Neill (2009), Statistics in Medicine 28, for the expectation-based one
 */
export function clusterLogRatio(statistic: Statistic, observed: number, expected: number, total: number): number {
  if (!(observed > expected)) return 0;
  const inside = observed * Math.log(observed / expected);
  if (statistic === "expectation") return inside - (observed - expected);
  const rest = total - observed;
  return inside + (rest > 0 ? rest * Math.log(rest / (total - expected)) : 0);
}

/**
 * s such that excess^2 > s * best is necessary for the log ratio to pass `best`: spares nearly all logarithms.
 * From (1+u) log(1+u) <= u + u^2/2 inside and (1-v) log(1-v) <= v^2 - v outside.
 */
export function excessScale(statistic: Statistic, expected: number, total: number): number {
  if (statistic === "expectation") return 2 * expected;
  return (2 * expected * (total - expected)) / (total + expected);
}
