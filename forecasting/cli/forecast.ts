import type { Command } from "commander";
import { applyPromotions } from "../announced.ts";
import { forecastNow } from "../backtest.ts";
import { LEVELS } from "../combine/calibrate.ts";
import type { GroupForecast } from "../combine/online.ts";
import { forecastersFor } from "../models/pool.ts";
import { isoTime, knownAt, type Panel } from "../series/panel.ts";
import { readPromotions } from "../series/read-promotions.ts";
import { contributions } from "../spikes/contributions.ts";
import { exceedance } from "../spikes/exceedance.ts";
import { loadPanel, positiveInteger, progressLine, runVerb, type SeriesOptions, seriesOptions } from "./options.ts";
import { calendarDifference, type Difference, driverDifference, isCalendar } from "./what-if.ts";

type Options = SeriesOptions & {
  readonly horizon: number;
  readonly promotions?: string;
  readonly whatIf?: string;
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
    .option(
      "--what-if <file>",
      "an edited calendar (name,from,to...) or an edited --drivers table: adds what it would change, with intervals",
    )
    .option("--capacity <n>", "adds the probability of more than n, with what drives it", Number)
    .option("--json", "one JSON document on standard output")
    .action((options: Options) => runVerb(() => run(options), options.json === true, table));
}

function run(options: Options) {
  const { panel: ready, notes } = loadPanel(options, (read) => read.observed, options.horizon);
  const promotions = options.promotions ? readPromotions(options.promotions, ready) : [];
  const forecastOf = (panel: Panel) =>
    forecastNow(panel, forecastersFor(panel), panel.observed, options.horizon, progressLine("forecast"));
  const plain = forecastOf(ready);
  const now = knownAt(ready, ready.observed);
  const forecast = applyPromotions(now, plain, promotions);
  const whatIf = options.whatIf === undefined ? undefined : difference(options.whatIf);

  function difference(file: string): Difference[] {
    if (isCalendar(file)) {
      const after = readPromotions(file, ready);
      const calendars = { before: promotions, after };
      return calendarDifference(now, plain, forecast, applyPromotions(now, plain, after), calendars);
    }
    if (options.drivers === undefined) {
      throw new Error(`--what-if ${file}: expected columns name, from and to, or a table to stand in for --drivers`);
    }
    const other = loadPanel({ ...options, drivers: file }, (read) => read.observed, options.horizon).panel;
    const names = (panel: Panel) => panel.drivers.map(({ name }) => name).join(", ");
    if (names(other) !== names(ready)) {
      throw new Error(`--what-if ${file}: expected the drivers ${names(ready)}, got ${names(other)}`);
    }
    return driverDifference(ready, forecast, applyPromotions(other, forecastOf(other), promotions));
  }

  return {
    target: options.target,
    origin: isoTime(ready, ready.observed),
    horizon: options.horizon,
    drivers: ready.drivers.map((driver) => driver.name),
    notes,
    weights: forecast.weights,
    ...(whatIf && { whatIf }),
    forecasts: forecast.groups.flatMap((group, g) =>
      Array.from(group.mean, (mean, h) => ({
        ...(options.group ? { group: group.group } : {}),
        time: isoTime(ready, ready.observed + h),
        horizon: h + 1,
        mean,
        ...Object.fromEntries(LEVELS.map((level, l) => [quantileName(level), group.quantiles[l]?.[h] as number])),
        ...(options.capacity === undefined ? {} : spike(now, g, h, group, options.capacity)),
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
  for (const row of result.whatIf ?? []) {
    if (row === result.whatIf?.[0])
      lines.push("", ["what if: group", "time", "mean", "what if", "difference", "low 80 %", "high 80 %"].join("\t"));
    const cells = [row.mean, row.whatIf, row.difference, row.low, row.high].map((v) => v.toPrecision(5));
    lines.push([row.group ?? "", row.time, ...cells].join("\t"));
  }
  return lines.join("\n");
}
