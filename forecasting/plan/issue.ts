import { normalCdf } from "../math/normal.ts";
import { DAYS_AHEAD, PLAN_LEVELS } from "./calendar.ts";
import { combined, quantilesAt, type SeriesFit, spreadOf } from "./fit.ts";
import { countQuantiles } from "./hours.ts";
import { explain } from "./regression.ts";
import { allSeen, type PlanSeries, pathsOf } from "./series.ts";

/** Days ahead of one series. */
export interface DailyIssue {
  readonly series: string;
  readonly mean: Float64Array;
  /** Per PLAN_LEVELS, the days ahead. */
  readonly quantiles: readonly Float64Array[];
  /** What is in the mean because of each cause, in counts, by day ahead. */
  readonly causes: readonly Causes[];
}

export interface Causes {
  readonly promotion: number;
  readonly weather: number;
  readonly backlog: number;
  readonly season: number;
  readonly recent: number;
}

const FEW = 8;

/** Issues the days after the last one known. Nothing is learned here: a fit and the days since are all it takes. */
export function issueDaily(series: PlanSeries, fit: SeriesFit): DailyIssue {
  const n = series.y.length;
  const paths = pathsOf(series, n, DAYS_AHEAD, fit.regression, fit.smoothing, allSeen);
  const mean = new Float64Array(DAYS_AHEAD);
  const quantiles = PLAN_LEVELS.map(() => new Float64Array(DAYS_AHEAD));
  const causes: Causes[] = [];
  for (let h = 0; h < DAYS_AHEAD; h++) {
    const location = combined(paths, fit.weights, h);
    const doubt = paths.doubt[h] as number;
    const standard = quantilesAt(fit, h + 1);
    const count = Math.exp(location) - 0.5;
    if (count < FEW) {
      // Of few the logarithm is a poor scale: the same probabilities are taken from a count.
      const few = Math.max(0.01, count);
      const theta = 1 / (1 / fit.regression.theta + Math.expm1(doubt));
      countQuantiles(few, theta, standard.map(normalCdf)).forEach((q, l) => {
        (quantiles[l] as Float64Array)[h] = q;
      });
      mean[h] = few;
    } else {
      const spread = spreadOf(location, fit.regression.theta, doubt);
      standard.forEach((q, l) => {
        (quantiles[l] as Float64Array)[h] = Math.max(0, Math.exp(location + spread * q) - 0.5);
      });
      mean[h] = meanOf(quantiles, h);
    }
    causes.push(causesOf(series, fit, h, mean[h] as number, paths.level));
  }
  return { series: series.name, mean, quantiles, causes };
}

/** Mean of a distribution given by its quantiles, the outer parts held flat. */
export function meanOf(quantiles: readonly Float64Array[], h: number): number {
  let sum = 0;
  for (let l = 0; l < PLAN_LEVELS.length; l++) {
    const low = l === 0 ? 0 : ((PLAN_LEVELS[l - 1] as number) + (PLAN_LEVELS[l] as number)) / 2;
    const high = l === PLAN_LEVELS.length - 1 ? 1 : ((PLAN_LEVELS[l] as number) + (PLAN_LEVELS[l + 1] as number)) / 2;
    sum += (high - low) * ((quantiles[l] as Float64Array)[h] as number);
  }
  return sum;
}

function causesOf(
  { first, y, drivers, values }: PlanSeries,
  { regression, usual }: SeriesFit,
  h: number,
  mean: number,
  level: { readonly now: number; readonly keep: number },
): Causes {
  const n = y.length;
  const head = regression.coefficients.length - drivers.length;
  const logs = { promotion: 0, weather: 0, backlog: 0, season: 0 };
  drivers.forEach(({ kind }, k) => {
    const effect = (values[k]?.[n + h] as number) * (regression.coefficients[head + k] as number);
    logs[kind === "holiday" ? "season" : kind] += effect;
  });
  // A day is high or low compared with a mean day of the last year.
  logs.season += explain(regression, first + n + h, drivers.length, () => 0).calendar - usual;
  const counts = (log: number) => mean * (1 - Math.exp(-log));
  return {
    promotion: counts(logs.promotion),
    weather: counts(logs.weather),
    backlog: counts(logs.backlog),
    season: counts(logs.season),
    recent: counts(level.now * level.keep ** (h + 1)),
  };
}
