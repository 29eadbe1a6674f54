import type { Command } from "commander";
import { forecastNow } from "../backtest.ts";
import { LEVELS } from "../combine/calibrate.ts";
import { forecastersFor } from "../models/pool.ts";
import { isoTime } from "../series/panel.ts";
import { loadPanel, positiveInteger, progressLine, runVerb, type SeriesOptions, seriesOptions } from "./options.ts";

type Options = SeriesOptions & { readonly horizon: number; readonly json?: boolean };

/** `forecast`: the moments after the last known target, with quantiles. */
export function registerForecast(program: Command): void {
  seriesOptions(program.command("forecast").description("forecast series ahead of their last known value"))
    .requiredOption("--horizon <h>", "moments ahead", positiveInteger)
    .option("--json", "one JSON document on standard output")
    .action((options: Options) => runVerb(() => run(options), options.json === true, table));
}

function run(options: Options) {
  const { panel: ready, notes } = loadPanel(options, (read) => read.observed, options.horizon);
  const forecast = forecastNow(ready, forecastersFor(ready), ready.observed, options.horizon, progressLine("forecast"));
  return {
    target: options.target,
    origin: isoTime(ready, ready.observed),
    horizon: options.horizon,
    drivers: ready.drivers.map((driver) => driver.name),
    notes,
    weights: forecast.weights,
    forecasts: forecast.groups.flatMap((group) =>
      Array.from(group.mean, (mean, h) => ({
        ...(options.group ? { group: group.group } : {}),
        time: isoTime(ready, ready.observed + h),
        horizon: h + 1,
        mean,
        ...Object.fromEntries(LEVELS.map((level, l) => [quantileName(level), group.quantiles[l]?.[h] as number])),
      })),
    ),
  };
}

function quantileName(level: number): string {
  return `q${String(Math.round(level * 1000))
    .padStart(3, "0")
    .replace(/0$/, "")}`;
}

function table(result: ReturnType<typeof run>): string {
  const lines = [...result.notes, ["group", "time", "mean", "q05", "q50", "q95"].join("\t")];
  for (const row of result.forecasts as Record<string, string | number>[]) {
    const cells = ["mean", "q05", "q50", "q95"].map((k) => Number(row[k]).toPrecision(5));
    lines.push([row.group ?? "", row.time, ...cells].join("\t"));
  }
  return lines.join("\n");
}
