import {
  expectedHours,
  LAG_BINS,
  LONGEST_LAG,
  lagBin,
  laggedExposure,
  lagRates,
  rampsAt,
} from "../../forecasting/hotspot/lags.ts";
import type { SparseHours } from "../../forecasting/hotspot/sparse-hours.ts";
import type { Book } from "./series.ts";

const WEEK = 168;
/** Hours of the past the hours of the week are learned from, and events it takes to tell one from another. */
const SEASON_REACH = 4 * WEEK;
const PRIOR_HOUR = 12;
const PRIOR_DAY = 60;

/** How events of one kind follow what they are out of. Plain numbers: kept with the cursor as it stands. */
export interface Law {
  /** Events per exposure and hour by lag. */
  readonly rates: readonly number[];
  /** Sums of the hour-of-week factors up to each hour of the week, shape (169,): the first hour is Thursday 00:00 UTC. */
  readonly season: readonly number[];
}

/**
 * Learns a law from the hours [from, to).
 * @returns undefined while nothing was exposed or nothing happened
 */
export function learnLaw(book: Book, name: string, from: number, to: number): Law | undefined {
  const pooled = book.pooled.get(name);
  const exposure = book.exposures.get(name.split("|")[2] as string);
  if (!pooled || !exposure) return undefined;
  const lags = new Float64Array(LAG_BINS);
  let unknown = 0;
  for (let day = Math.ceil(from / 24); (day + 1) * 24 <= to; day++) {
    for (const [lag, n] of pooled.lags.get(day) ?? []) {
      const bin = lagBin(lag);
      if (bin >= 0) lags[bin] = (lags[bin] as number) + n;
      else if (lag < 0) unknown += n;
    }
  }
  const start = Math.ceil(from / 24) * 24;
  const end = Math.floor(to / 24) * 24;
  const rates = lagRates(lags, unknown, laggedExposure(rampsAt(exposure, start), rampsAt(exposure, end)));
  if (!rates.some((rate) => rate > 0)) return undefined;
  return {
    rates: [...rates],
    season: hoursOfWeek(pooled.counts, exposure, rates, Math.max(start, end - SEASON_REACH), end),
  };
}

/** Factors of the hour of day times the day of week: what came over what the exposure explains, shrunk towards 1. */
function hoursOfWeek(
  counts: SparseHours,
  exposure: SparseHours,
  rates: Float64Array,
  from: number,
  to: number,
): number[] {
  const [hourSeen, hourMean] = [new Float64Array(24), new Float64Array(24)];
  const [daySeen, dayMean] = [new Float64Array(7), new Float64Array(7)];
  const means = expectedHours(rates, exposure, from, to);
  for (let hour = from; hour < to; hour++) {
    const mean = means[hour - from] as number;
    const seen = counts.sum(hour, hour + 1);
    const [h, d] = [hour % 24, Math.floor(hour / 24) % 7];
    hourSeen[h] = (hourSeen[h] as number) + seen;
    hourMean[h] = (hourMean[h] as number) + mean;
    daySeen[d] = (daySeen[d] as number) + seen;
    dayMean[d] = (dayMean[d] as number) + mean;
  }
  const total = (xs: Float64Array) => xs.reduce((sum, x) => sum + x, 0);
  const scale = total(hourMean) > 0 ? total(hourSeen) / total(hourMean) : 1;
  const factor = (seen: number, mean: number, prior: number) => (seen + prior) / (scale * mean + prior);
  const hours = Array.from(hourSeen, (seen, i) => factor(seen, hourMean[i] as number, PRIOR_HOUR));
  const days = Array.from(daySeen, (seen, i) => factor(seen, dayMean[i] as number, PRIOR_DAY));
  const sums = [0];
  for (let h = 0; h < WEEK; h++) {
    sums.push((sums[h] as number) + (hours[h % 24] as number) * (days[Math.floor(h / 24)] as number));
  }
  return sums;
}

/** Mean factor of the hours [from, to). */
export const seasonOf = ({ season }: Law, from: number, to: number): number =>
  (seasonUpTo(season, to) - seasonUpTo(season, from)) / (to - from);

const seasonUpTo = (season: readonly number[], hour: number): number =>
  Math.floor(hour / WEEK) * (season[WEEK] as number) + (season[hour % WEEK] as number);

/** Hours before a moment at which facts may still matter to a law or a level learned from `weeks` of it. */
export const reachOf = (weeks: number): number => weeks * WEEK + LONGEST_LAG + 3 * WEEK;
