import { learnSeries, type SeriesFit } from "./fit.ts";
import { type HourlyIssue, issueHourly } from "./hours.ts";
import { type DailyIssue, issueDaily } from "./issue.ts";
import type { PlanSeries } from "./series.ts";
import { type Family, together } from "./together.ts";

export interface PlanRequest {
  /** Those that lend before those that borrow. */
  readonly series: readonly PlanSeries[];
  /** Counts of the last whole days by the hour, of the series that are also issued by the hour. */
  readonly hours: Readonly<Record<string, Float64Array>>;
  readonly families: readonly Family[];
  /** Fits in force, by series; those without one are learned now, or all of them when `relearn`. */
  readonly fits: Readonly<Record<string, SeriesFit>>;
  readonly relearn: boolean;
}

export interface PlanAnswer {
  /** Fits that were learned now. */
  readonly learned: readonly SeriesFit[];
  readonly daily: readonly DailyIssue[];
  readonly hourly: readonly HourlyIssue[];
}

/** Learns what has to be learned and issues everything. A pure function of the request, however it is run. */
export function plan({ series, hours, families, fits, relearn }: PlanRequest): PlanAnswer {
  const learned = new Map<string, SeriesFit>();
  const inForce = (one: PlanSeries): SeriesFit => {
    const standing = fits[one.name];
    // A fit of other drivers cannot be asked about these.
    if (standing && !relearn) return standing;
    const fit = learnSeries(
      one,
      one.borrows === undefined ? undefined : (learned.get(one.borrows) ?? fits[one.borrows]),
    );
    learned.set(one.name, fit);
    return fit;
  };
  const daily = together(
    series.map((one) => issueDaily(one, inForce(one))),
    families,
  );
  const hourly = daily.flatMap((issue) => {
    const past = hours[issue.series];
    return past ? [issueHourly(issue, past)] : [];
  });
  return { learned: [...learned.values()], daily, hourly };
}

/** Makes plans somewhere: here, or on a thread that keeps nobody waiting. */
export interface Planner {
  plan(request: PlanRequest): Promise<PlanAnswer>;
  close(): Promise<void>;
}

/** Plans on the thread that asks. */
export const planHere = (): Planner => ({ plan: async (request) => plan(request), close: async () => {} });
