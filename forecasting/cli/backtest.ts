import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type BacktestResult, backtest } from "../backtest.ts";
import { LEVELS } from "../combine/calibrate.ts";
import { forecastersFor } from "../models/pool.ts";
import { defaultSeason, isoTime, type Panel } from "../series/panel.ts";
import { parseTime } from "../series/read-csv.ts";
import { readPromotions } from "../series/read-promotions.ts";
import { loadPanel, positiveInteger, progressLine, runVerb, type SeriesOptions, seriesOptions } from "./options.ts";

type Options = SeriesOptions & {
  readonly origins: number;
  readonly horizon: number;
  readonly first?: string;
  readonly step?: number;
  readonly season?: number;
  readonly promotions?: string;
  readonly dump?: string;
  readonly json?: boolean;
};

const DUMPED = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/** `backtest`: rolling origins over the past, scored beside seasonal naive. */
export function registerBacktest(program: Command): void {
  seriesOptions(program.command("backtest").description("score forecasts issued at past origins beside seasonal naive"))
    .requiredOption("--origins <n>", "number of origins", positiveInteger)
    .requiredOption("--horizon <h>", "moments ahead forecast at each origin", positiveInteger)
    .option("--first <date>", "first moment forecast by the first origin; default: the last origins that fit")
    .option("--step <n>", "moments between origins; default: the horizon", positiveInteger)
    .option(
      "--season <n>",
      "season of the naive comparison; default 7 for days, 52 for weeks, a day for hours",
      positiveInteger,
    )
    .option("--promotions <file>", "CSV of name,from,to and, where known, depth, uplift and issued")
    .option("--dump <file>", "write every forecast with its quantiles and what came as CSV")
    .option("--json", "one JSON document on standard output")
    .action((options: Options) => runVerb(() => run(options), options.json === true, summary));
}

function run(options: Options) {
  let origins: number[] = [];
  const { panel, notes } = loadPanel(options, (read) => {
    origins = placeOrigins(read, options);
    return origins[0] as number;
  });
  const season = options.season ?? defaultSeason(panel.step);
  const step = options.step ?? options.horizon;
  const known: Panel = { ...panel, length: Math.min(panel.length, panel.observed) };
  const result = backtest(known, forecastersFor(panel), {
    origins,
    horizon: options.horizon,
    step,
    season,
    ...(options.promotions ? { promotions: readPromotions(options.promotions, panel) } : {}),
    progress: progressLine("backtest"),
  });
  if (options.dump) writeFileSync(options.dump, dump(result));
  const { rows: _, ...scores } = result;
  return {
    target: options.target,
    groups: panel.groups.length,
    origins: origins.map((o) => isoTime(panel, o)),
    horizon: options.horizon,
    season,
    drivers: panel.drivers.map((driver) => driver.name),
    notes,
    ...scores,
  };
}

function placeOrigins(panel: Panel, options: Options): number[] {
  const step = options.step ?? options.horizon;
  let first: number;
  if (options.first !== undefined) {
    const time = parseTime(options.first);
    if (Number.isNaN(time)) throw new Error(`--first: expected an ISO date, got "${options.first}"`);
    first = Math.round((time - panel.start) / panel.step);
  } else first = panel.observed - options.horizon - (options.origins - 1) * step;
  if (first < 8) {
    throw new Error(
      `--origins ${options.origins} --horizon ${options.horizon}: expected at least 8 moments before the first origin, got ${first} of ${panel.observed}`,
    );
  }
  const origins = Array.from({ length: options.origins }, (_, k) => first + k * step).filter((o) => o < panel.observed);
  if (origins.length === 0)
    throw new Error(`--first ${options.first}: expected before ${isoTime(panel, panel.observed)}`);
  return origins;
}

function dump(result: BacktestResult): string {
  const at = DUMPED.map((q) => LEVELS.indexOf(q as (typeof LEVELS)[number]));
  const names = DUMPED.map((q) => `q${String(Math.round(q * 100)).padStart(2, "0")}`);
  const lines = [`group,origin,time,horizon,actual,mean,${names.join(",")}`];
  for (const row of result.rows) {
    const group = /[",\n]/.test(row.group) ? `"${row.group.replaceAll('"', '""')}"` : row.group;
    const numbers = [row.actual, row.mean, ...at.map((k) => row.quantiles[k] as number)].map((v) =>
      Number(v.toPrecision(10)),
    );
    lines.push([group, row.origin, row.time, row.horizon, ...numbers].join(","));
  }
  return `${lines.join("\n")}\n`;
}

function summary(result: ReturnType<typeof run>): string {
  const line = (name: string, m: BacktestResult["model"]) =>
    `${name.padEnd(16)} MAE ${m.mae.toPrecision(5)}  WAPE ${m.wape.toFixed(4)}  MASE ${m.mase.toFixed(3)}  pinball ${m.pinball.toPrecision(5)}  ` +
    `quantile loss ${m.weightedQuantileLoss.toFixed(4)}  coverage 80/90/95 ${m.coverage80.toFixed(3)} ${m.coverage90.toFixed(3)} ${m.coverage95.toFixed(3)}`;
  const lines = [
    ...result.notes,
    `${result.target}: ${result.origins.length} origins from ${result.origins[0]}, ${result.horizon} ahead, ${result.groups} series`,
    line("model", result.model),
    line("seasonal naive", result.seasonalNaive),
    `absolute error ${(100 * result.gain).toFixed(1)} % below seasonal naive`,
  ];
  if (result.holidays) {
    lines.push(line("  holidays", result.holidays.model), line("  naive", result.holidays.seasonalNaive));
    lines.push(`  on holidays ${(100 * result.holidays.gain).toFixed(1)} % below seasonal naive`);
  }
  return lines.join("\n");
}
