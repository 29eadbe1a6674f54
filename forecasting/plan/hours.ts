import { normalQuantile } from "../math/normal.ts";
import { seasonalProfile } from "../seasonal.ts";
import { HOURLY_DAYS, PLAN_LEVELS } from "./calendar.ts";
import type { DailyIssue } from "./issue.ts";

export interface HourlyIssue {
  readonly series: string;
  readonly mean: Float64Array;
  readonly quantiles: readonly Float64Array[];
}

/**
 * The first days by the hour: each day's forecast is divided by the shape of its hours in the last weeks, so the hours
 * of a day add up to it. An hour varies by chance, by how much hours vary around that shape, and as its day does.
 * @param hours  counts of the last whole days, oldest first, a multiple of 24
 */
export function issueHourly(daily: DailyIssue, hours: Float64Array): HourlyIssue {
  const shape = seasonalProfile(hours, new Float64Array(hours.length).fill(1), [24, 168]);
  const spread = spreadOfHours(hours, shape);
  const n = 24 * HOURLY_DAYS;
  const mean = new Float64Array(n);
  const quantiles = PLAN_LEVELS.map(() => new Float64Array(n));
  for (let day = 0; day < HOURLY_DAYS; day++) {
    const at = (h: number) => shape[(24 * day + h) % shape.length] as number;
    let whole = 0;
    for (let h = 0; h < 24; h++) whole += at(h);
    const [low, high] = [daily.quantiles[2]?.[day] as number, daily.quantiles[6]?.[day] as number];
    const expected = daily.mean[day] as number;
    const relative = expected > 0 ? Math.max(0, ((high - low) / 2.563 / expected) ** 2 - 1 / expected) : 0;
    for (let h = 0; h < 24; h++) {
      const m = whole > 0 ? (expected * at(h)) / whole : expected / 24;
      mean[24 * day + h] = m;
      const theta = 1 / Math.max(1e-6, spread + relative);
      countQuantiles(m, theta).forEach((q, l) => {
        (quantiles[l] as Float64Array)[24 * day + h] = q;
      });
    }
  }
  return { series: daily.series, mean, quantiles };
}

/** By how much, squared and relative, hours vary around their shape beyond what counts do by themselves. */
function spreadOfHours(hours: Float64Array, shape: Float64Array): number {
  const n = hours.length;
  let excess = 0;
  let weight = 0;
  for (let from = 0; from + 24 <= n; from += 24) {
    let [seen, share] = [0, 0];
    const at = (i: number) => shape[(((i - n) % shape.length) + shape.length) % shape.length] as number;
    for (let i = from; i < from + 24; i++) {
      seen += hours[i] as number;
      share += at(i);
    }
    if (share === 0) continue;
    for (let i = from; i < from + 24; i++) {
      const m = (seen * at(i)) / share;
      excess += ((hours[i] as number) - m) ** 2 - m;
      weight += m * m;
    }
  }
  return weight > 0 ? Math.max(0, excess / weight) : 0;
}

const EXACT_BELOW = 30;

/**
 * Quantiles of a negative binomial count, at PLAN_LEVELS or others that ascend: of small means by walking up the probabilities once, of large
 * ones by the gamma's cube root, off by less than one in a hundred. They are asked for a hundred thousand times.
 * @see Wilson & Hilferty (1931), PNAS 17
 */
export function countQuantiles(
  mean: number,
  theta: number,
  levels: readonly number[] = PLAN_LEVELS,
): readonly number[] {
  if (!(mean > 0)) return levels.map(() => 0);
  if (mean < EXACT_BELOW) return walk(mean, theta, levels);
  const c = (1 / theta + 1 / mean) / 9;
  return levels.map((level) => mean * Math.max(0, 1 - c + normalQuantile(level) * Math.sqrt(c)) ** 3);
}

function walk(mean: number, theta: number, levels: readonly number[]): number[] {
  const q = mean / (mean + theta);
  let p = Math.exp(-theta * Math.log1p(mean / theta));
  let below = p;
  let k = 0;
  return levels.map((level) => {
    while (below < level) {
      p *= ((k + theta) / (k + 1)) * q;
      k++;
      below += p;
      // What is left is rounding.
      if (p < 1e-15 && k > mean) break;
    }
    return k;
  });
}
