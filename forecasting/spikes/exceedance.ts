/**
 * P(Y > capacity) from forecast quantiles: linear between them in log(1 + y), exponential tails beyond.
 * @param levels    probabilities, ascending, at least two
 * @param quantiles quantiles at the levels, non-decreasing
 */
export function exceedance(levels: readonly number[], quantiles: readonly number[], capacity: number): number {
  const n = levels.length;
  if (n < 2 || quantiles.length !== n) {
    throw new RangeError(
      `exceedance: expected as many quantiles as levels and at least 2, got ${quantiles.length} and ${n}`,
    );
  }
  const at = (i: number) => Math.log1p(Math.max(0, quantiles[i] as number));
  const x = Math.log1p(Math.max(0, capacity));
  if (x >= at(n - 1)) {
    const rise = (at(n - 1) - at(n - 2)) / Math.log((1 - (levels[n - 2] as number)) / (1 - (levels[n - 1] as number)));
    return rise > 0
      ? (1 - (levels[n - 1] as number)) * Math.exp(-(x - at(n - 1)) / rise)
      : x > at(n - 1)
        ? 0
        : 1 - (levels[n - 1] as number);
  }
  if (x < at(0)) {
    const fall = (at(1) - at(0)) / Math.log((levels[1] as number) / (levels[0] as number));
    return fall > 0 ? 1 - (levels[0] as number) * Math.exp(-(at(0) - x) / fall) : 1;
  }
  for (let i = 1; i < n; i++) {
    if (x >= at(i)) continue;
    const share = (x - at(i - 1)) / (at(i) - at(i - 1));
    return 1 - ((levels[i - 1] as number) + share * ((levels[i] as number) - (levels[i - 1] as number)));
  }
  return 1 - (levels[n - 1] as number);
}
