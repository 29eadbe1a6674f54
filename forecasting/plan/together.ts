import { PLAN_LEVELS } from "./calendar.ts";
import type { DailyIssue } from "./issue.ts";

/** Series that are parts of one whole in one way: regions of the country, types of complaint. */
export interface Family {
  readonly whole: string;
  readonly parts: readonly string[];
}

/**
 * Coherent forecasts: parts add up to their whole, by day. Where a whole is divided in several ways all divisions agree
 * on it: it becomes the mean of its own forecast and of the sums, each by its precision, and what is then missing goes
 * to the parts in proportion to their variance. That is the weighted least squares solution for two levels; quantiles
 * move in proportion to their mean.
 * @see Wickramasuriya, Athanasopoulos, Hyndman (2019), JASA 114 (MinT with a diagonal covariance)
 */
export function together(issues: readonly DailyIssue[], families: readonly Family[]): DailyIssue[] {
  const means = new Map(issues.map((issue) => [issue.series, issue.mean.slice()]));
  const variance = new Map(
    issues.map((issue) => [issue.series, Float64Array.from(issue.mean, (_, h) => spread(issue, h) ** 2)]),
  );
  const wholes = [...new Set(families.map(({ whole }) => whole))].filter((whole) => means.has(whole));
  for (const whole of wholes) {
    const divisions = families
      .filter((family) => family.whole === whole)
      .map(({ parts }) => parts.filter((part) => means.has(part)))
      .filter((parts) => parts.length > 0);
    const total = means.get(whole) as Float64Array;
    for (let h = 0; h < total.length; h++) {
      let precision = 1 / (variance.get(whole)?.[h] as number);
      let sum = (total[h] as number) * precision;
      for (const parts of divisions) {
        const v = parts.reduce((s, part) => s + (variance.get(part)?.[h] as number), 0);
        sum += parts.reduce((s, part) => s + (means.get(part)?.[h] as number), 0) / v;
        precision += 1 / v;
      }
      total[h] = sum / precision;
      for (const parts of divisions) share(parts, h, total[h] as number, means, variance);
    }
  }
  return issues.map((issue) => scaled(issue, means.get(issue.series) as Float64Array));
}

function share(
  parts: readonly string[],
  h: number,
  total: number,
  means: ReadonlyMap<string, Float64Array>,
  variance: ReadonlyMap<string, Float64Array>,
): void {
  const missing = total - parts.reduce((s, part) => s + (means.get(part)?.[h] as number), 0);
  const v = parts.reduce((s, part) => s + (variance.get(part)?.[h] as number), 0);
  let sum = 0;
  for (const part of parts) {
    const mean = means.get(part) as Float64Array;
    // Nothing is less than none; what that leaves over is taken from all in proportion.
    mean[h] = Math.max(0, (mean[h] as number) + (missing * (variance.get(part)?.[h] as number)) / v);
    sum += mean[h] as number;
  }
  if (!(sum > 0)) return;
  for (const part of parts) {
    const mean = means.get(part) as Float64Array;
    mean[h] = ((mean[h] as number) * total) / sum;
  }
}

/** Half of the distance that two thirds of the forecast span, and never nothing. */
function spread({ quantiles, mean }: DailyIssue, h: number): number {
  const [low, high] = [quantiles[2]?.[h] as number, quantiles[PLAN_LEVELS.length - 3]?.[h] as number];
  return Math.max(0.1, 0.02 * (mean[h] as number), (high - low) / 2.563);
}

function scaled(issue: DailyIssue, mean: Float64Array): DailyIssue {
  const ratio = mean.map((m, h) => ((issue.mean[h] as number) > 0 ? m / (issue.mean[h] as number) : 1));
  return {
    ...issue,
    mean,
    quantiles: issue.quantiles.map((q) => q.map((v, h) => v * (ratio[h] as number))),
    causes: issue.causes.map((c, h) => {
      const r = ratio[h] as number;
      return {
        promotion: c.promotion * r,
        weather: c.weather * r,
        backlog: c.backlog * r,
        season: c.season * r,
        recent: c.recent * r,
      };
    }),
  };
}
