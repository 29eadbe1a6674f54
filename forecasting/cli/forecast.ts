import type { Command } from "commander";
import { forecastNow } from "../backtest.ts";
import { LEVELS } from "../combine/calibrate.ts";
import type { GroupForecast } from "../combine/online.ts";
import { forecastersFor } from "../models/pool.ts";
import { isoTime, type Panel } from "../series/panel.ts";
import { readPromotions } from "../series/read-promotions.ts";
import { contributions } from "../spikes/contributions.ts";
import { exceedance } from "../spikes/exceedance.ts";
import { loadPanel, positiveInteger, progressLine, runVerb, type SeriesOptions, seriesOptions } from "./options.ts";

type Options = SeriesOptions & {
  readonly horizon: number;
  readonly promotions?: string;
  readonly capacity?: number;
  readonly json?: boolean;
};

/** `forecast`: the moments after the last known target, with quantiles. */
export function registerForecast(program: Command): void {
  seriesOptions(program.command("forecast").description("forecast series ahead of their last known value"))
    .requiredOption("--horizon <h>", "moments ahead", positiveInteger)
    .option(
      "--promotions <file>",
      "CSV of name,from,to and, where known, depth (0..1) and uplift: edit it to ask what if",
    )
    .option("--capacity <n>", "adds the probability of more than n, with what drives it", Number)
    .option("--json", "one JSON document on standard output")
    .action((options: Options) => runVerb(() => run(options), options.json === true, table));
}

function run(options: Options) {
  const { panel: ready, notes } = loadPanel(options, (read) => read.observed, options.horizon);
  const promotions = options.promotions ? readPromotions(options.promotions, ready) : [];
  const forecast = forecastNow(
    ready,
    forecastersFor(ready),
    ready.observed,
    options.horizon,
    progressLine("forecast"),
    promotions,
  );
  return {
    target: options.target,
    origin: isoTime(ready, ready.observed),
    horizon: options.horizon,
    drivers: ready.drivers.map((driver) => driver.name),
    notes,
    weights: forecast.weights,
    forecasts: forecast.groups.flatMap((group, g) =>
      Array.from(group.mean, (mean, h) => ({
        ...(options.group ? { group: group.group } : {}),
        time: isoTime(ready, ready.observed + h),
        horizon: h + 1,
        mean,
        ...Object.fromEntries(LEVELS.map((level, l) => [quantileName(level), group.quantiles[l]?.[h] as number])),
        ...(options.capacity === undefined ? {} : spike(ready, g, h, group, options.capacity)),
      })),
    ),
  };
}

function spike(panel: Panel, g: number, h: number, group: GroupForecast, capacity: number) {
  const quantiles = group.quantiles.map((q) => q[h] as number);
  return {
    exceeds: exceedance(LEVELS, quantiles, capacity),
    drivenBy: contributions(panel, g, panel.observed, h).slice(0, 5),
  };
}

function quantileName(level: number): string {
  return `q${String(Math.round(level * 1000))
    .padStart(3, "0")
    .replace(/0$/, "")}`;
}

function table(result: ReturnType<typeof run>): string {
  const lines = [...result.notes, ["group", "time", "mean", "q05", "q50", "q95"].join("\t")];
  for (const row of result.forecasts as Record<string, unknown>[]) {
    const cells = ["mean", "q05", "q50", "q95"].map((k) => Number(row[k]).toPrecision(5));
    lines.push([row.group ?? "", row.time, ...cells].join("\t"));
  }
  return lines.join("\n");
}
