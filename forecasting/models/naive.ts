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
