import { sameHours } from "../../forecasting/same-hours.ts";
import type { Dimension, Measure } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import { keyOf, type Series } from "./series.ts";

const HOUR_MS = 3_600_000;
const WEEK = 168;

/** What one window of one series held, and what was expected of it. */
export interface Judgement {
  readonly series: string;
  readonly measure: Measure;
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  /** Hours. */
  readonly window: number;
  /** Full hour at which it was judged; the window ends here. Hours since 1970. */
  readonly tick: number;
  readonly observed: number;
  readonly expected: number;
  readonly upper: number;
  readonly pValue: number;
  readonly alarm: boolean;
}

/**
 * Judges every series at one full hour against the same hours of the weeks before it.
 * @param since  first hour of which anything is known: weeks before it are no evidence of calm
 */
export function judge(
  all: ReadonlyMap<string, Series>,
  tick: number,
  since: number,
  policy: HotspotPolicy,
): Judgement[] {
  const judgements: Judgement[] = [];
  for (const series of all.values()) {
    if (series.measure === "orders") continue;
    for (const windowMs of policy.windows) {
      const window = windowMs / HOUR_MS;
      const observed = series.sum(tick - window, tick, tick);
      if (observed === 0) continue;
      const judged = judgeWindow(series, all, tick, window, observed, since, policy);
      if (judged) judgements.push(judged);
    }
  }
  return judgements;
}

function judgeWindow(
  series: Series,
  all: ReadonlyMap<string, Series>,
  tick: number,
  window: number,
  observed: number,
  since: number,
  policy: HotspotPolicy,
): Judgement | undefined {
  const weeks = Math.min(policy.weeks, Math.floor((tick - window - since) / WEEK));
  if (weeks < 1) return undefined;
  const orders = all.get(keyOf("orders", series.dimension, series.value, ""));
  // What was placed before the first hour is unknown, so the span of exposure is the same short one for all weeks.
  const reach = Math.min(policy.exposure / HOUR_MS, Math.max(window, tick - weeks * WEEK - since));
  const at = (end: number) => ({
    count: series.sum(end - window, end, tick),
    exposure: 1 + (orders?.sum(end - reach, end, tick) ?? 0),
  });
  const history = Array.from({ length: weeks }, (_, week) => at(tick - (week + 1) * WEEK));
  const { expected, upper, pValue } = sameHours(history, at(tick), policy.alpha);
  const alarm = pValue < policy.alpha && observed >= policy.minCount && observed >= policy.minRatio * expected;
  const { key, measure, dimension, value, type } = series;
  return {
    series: key,
    measure: measure as Measure,
    dimension,
    value,
    type,
    window,
    tick,
    observed,
    expected,
    upper,
    pValue,
    alarm,
  };
}
