import { DAY, type Panel } from "../series/panel.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";

/** Seasonal naive: the last known value one season (or as many whole seasons as needed) before. */
export function seasonalNaive(y: Float64Array, origin: number, horizon: number, season: number): Float64Array {
  const path = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let j = origin + h - season * (Math.floor(h / season) + 1);
    while (j >= 0 && Number.isNaN(y[j] as number)) j -= season;
    path[h] = j >= 0 ? (y[j] as number) : Number.NaN;
  }
  return path;
}

/** Median of the last few values at the same place in the season. */
export function seasonalMedian(season: number, cycles = 8): Forecaster {
  return {
    name: "median",
    issue: (panel, origin, horizon) => ({
      origin,
      location: panel.groups.map(({ y }) => {
        const offset = logOffset(y, origin);
        return Float64Array.from({ length: horizon }, (_, h) => {
          const values: number[] = [];
          let j = origin + h - season * (Math.floor(h / season) + 1);
          for (; j >= 0 && values.length < cycles; j -= season)
            if (!Number.isNaN(y[j] as number)) values.push(y[j] as number);
          values.sort((a, b) => a - b);
          const m = values.length;
          return m === 0
            ? Number.NaN
            : Math.log(((values[(m - 1) >> 1] as number) + (values[m >> 1] as number)) / 2 + offset);
        });
      }),
    }),
  };
}

/**
 * The same week (or weekday) of last year times recent growth. Growth is the median log ratio to last year over the
 * last `window` moments, shrunk towards the median over all groups. Nothing (NaN) before a year of data.
 */
export function lastYear(panelStep: number, window: number): Forecaster {
  const year = Math.round((364 * DAY) / panelStep);
  return {
    name: `last-year-${window}`,
    issue(panel, origin, horizon) {
      const ratios = panel.groups.map(({ y }) => recentRatios(y, origin, year, window));
      const all = median(ratios.flat());
      return {
        origin,
        location: panel.groups.map(({ y }, g) => {
          const offset = logOffset(y, origin);
          const own = ratios[g] as number[];
          const share = own.length / (own.length + 4);
          const growth = own.length === 0 ? Number.NaN : share * median(own) + (1 - share) * all;
          return Float64Array.from({ length: horizon }, (_, h) => {
            const v = y[origin + h - year];
            return v === undefined || origin + h - year < 0 ? Number.NaN : Math.log(v + offset) + growth;
          });
        }),
      };
    },
  };
}

function recentRatios(y: Float64Array, origin: number, year: number, window: number): number[] {
  const ratios: number[] = [];
  for (let i = Math.max(year, origin - window); i < origin; i++) {
    const r = Math.log((y[i] as number) / (y[i - year] as number));
    if (Number.isFinite(r)) ratios.push(r);
  }
  return ratios;
}

function median(values: number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const m = sorted.length;
  return m === 0 ? Number.NaN : ((sorted[(m - 1) >> 1] as number) + (sorted[m >> 1] as number)) / 2;
}

/** Moments of a whole year when the panel is long enough for a yearly comparison. */
export function hasYear(panel: Panel, origin: number): boolean {
  return origin * panel.step > 370 * DAY;
}
