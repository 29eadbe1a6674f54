import { statSync } from "node:fs";
import { type Command, Option } from "commander";
import { z } from "zod";
import { type JudgedSeries, judgeSeries, METHOD_NAMES, type Point, USED_COLUMNS } from "../detectors/run-methods.ts";
import { parseFrom, type ReportedCluster, SCAN_COLUMNS, SCAN_NAMES, scanSeries } from "../detectors/run-scan.ts";
import { findColumn, readSeries, type TableSeries } from "../detectors/series-table.ts";
import { NotInOneGo, streamSeries } from "../detectors/stream-table.ts";
import { cellsOf } from "../series/cells.ts";
import { columnIndex, readCells, readPlain, readTable, type Table } from "../series/read-csv.ts";

export type DetectOptions = {
  readonly method: string;
  readonly input: string;
  /** Method options, as JSON text. */
  readonly options?: string;
  readonly from?: string;
  /** A registry of places: code, lat, lon and, if known, population. */
  readonly regions?: string;
};

export type Detected =
  | { readonly method: string; readonly series: readonly JudgedSeries[]; readonly notes: readonly string[] }
  | { readonly method: string; readonly clusters: readonly ReportedCluster[]; readonly notes: readonly string[] };

/** `detect`: what is unusual in plain CSV. */
export function registerDetect(program: Command): void {
  program
    .command("detect")
    .description("judge counts over time, or find clusters of places, in plain CSV")
    .option("--method <name>", `${METHOD_NAMES.join(", ")}; for places ${SCAN_NAMES.join(", ")}`, "tocsin")
    .requiredOption("--input <file>", "CSV or .csv.gz of time,count and where known exposure, series or region")
    .option("--options <json>", "the method's options by the reference's own names, and freq, the steps a year")
    .option("--from <time>", "judge only from here, by all that came before")
    .option("--regions <file>", "CSV of code,lat,lon,population for scans whose input has no coordinates")
    .option("--json", "one JSON document on standard output")
    .addOption(new Option("--format <format>", "csv: one row a judged step or cluster").choices(["csv", "json"]))
    .action(async (options: DetectOptions & { readonly json?: boolean; readonly format?: string }) => {
      try {
        const found = await detect(options);
        for (const note of found.notes) process.stderr.write(`${note}\n`);
        const json = options.json || options.format === "json";
        process.stdout.write(
          json ? `${detectedJson(found)}\n` : options.format === "csv" ? detectedCsv(found) : summary(found),
        );
      } catch (error) {
        process.stderr.write(`${explain(error)}\n`);
        process.exitCode = 1;
      }
    });
}

/** What went wrong, for people. */
export function explain(error: unknown): string {
  if (error instanceof z.ZodError) return `options: ${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** @throws Error that says what is wrong with file or options */
export async function detect({ method, input, options, from, regions }: DetectOptions): Promise<Detected> {
  const settings = parseOptions(options);
  const first = from === undefined ? undefined : parseFrom(from);
  const drivers = Array.isArray(settings.drivers) ? settings.drivers.map(String) : [];
  if (SCAN_NAMES.includes(method.toLowerCase())) {
    const cells = regions ? cellsOf(joinRegions(readTable(input), readTable(regions))) : readCells(input);
    const series = readSeries(cells, SCAN_COLUMNS);
    return { method, clusters: await scanSeries(method, series, settings, first), notes: [] };
  }
  const wanted = [...USED_COLUMNS, ...drivers];
  const { judged, notes } = await judgeFile(input, wanted, (series, many) =>
    judgeSeries(method, series, settings, first, many),
  );
  return { method, series: judged, notes };
}

/** Bytes of a file whose series are many. */
const LARGE = 20_000_000;

/** Judges the series of a large file while it is read, where it can be, and otherwise when it has been. */
async function judgeFile<Judged>(
  file: string,
  columns: readonly string[],
  judge: (series: Iterable<TableSeries>, many: boolean) => Promise<Judged>,
): Promise<Judged> {
  const large = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGE;
  if (large) {
    try {
      return await judge(streamed(file, columns), true);
    } catch (error) {
      if (!(error instanceof NotInOneGo)) throw error;
    }
  }
  return judge(readSeries(readCells(file), columns), large);
}

/** Series of a plain file, which is opened when the first is asked for, by when threads have been started. */
function* streamed(file: string, columns: readonly string[]): Generator<TableSeries> {
  const table = readPlain(file);
  if (!table) throw new NotInOneGo();
  yield* streamSeries(table, columns);
}

function parseOptions(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`options: expected a JSON object, got ${text}`, { cause });
  }
  throw new Error(`options: expected a JSON object, got ${text}`);
}

/** Adds the registry's coordinates and, if the table has none, population to every row. */
function joinRegions(table: Table, registry: Table): Table {
  const code = columnIndex(registry, "code");
  const place = findColumn(table, "series");
  if (place < 0) throw new Error(`${table.file}: expected a column region, got ${table.columns.join(", ")}`);
  const wanted = ["lat", "lon", "population"].filter((c) => registry.columns.includes(c) && !table.columns.includes(c));
  const rows = new Map(registry.rows.map((row) => [row[code], wanted.map((c) => row[columnIndex(registry, c)] ?? "")]));
  return {
    ...table,
    columns: [...table.columns, ...wanted],
    rows: table.rows.map((row) => [...row, ...(rows.get(row[place]) ?? wanted.map(() => ""))]),
  };
}

/** One JSON document; what is not known is null, a number as time stays a number. */
export function detectedJson(found: Detected): string {
  if ("clusters" in found) return JSON.stringify({ method: found.method, clusters: found.clusters });
  const series = found.series.map(({ series, points }) => ({
    series,
    points: points.map((p) => ({ ...p, time: Number.isNaN(Number(p.time)) ? p.time : Number(p.time) })),
  }));
  return JSON.stringify({ method: found.method, series });
}

/** `series,time,count,expected,upper,pvalue,alarm`, or a row for each cluster. */
export function detectedCsv(found: Detected): string {
  if ("clusters" in found) {
    const head =
      "members,center,radius,from,to,observed,expected,relativeRisk,llr,pvalue,gumbelPvalue,recurrenceInterval";
    const rows = found.clusters.map(({ members, ...rest }) =>
      [members.join(" "), ...Object.values(rest)].map(cell).join(),
    );
    return `${[head, ...rows].join("\n")}\n`;
  }
  const lines = ["series,time,count,expected,upper,pvalue,alarm"];
  for (const { series, points } of found.series) {
    for (const { time, count, expected, upper, pvalue, alarm } of points) {
      lines.push([series, time, count, expected, upper, pvalue, alarm ? 1 : 0].map(cell).join());
    }
  }
  return `${lines.join("\n")}\n`;
}

function cell(value: string | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function summary(found: Detected): string {
  if ("clusters" in found) {
    const lines = found.clusters.map(
      (c) =>
        `${c.members.join(", ")}: ${c.observed} against ${c.expected.toFixed(1)} expected from ${c.from} to ${c.to}, ` +
        `relative risk ${c.relativeRisk.toFixed(2)}, p ${c.pvalue.toPrecision(2)}`,
    );
    return `${[`${lines.length} clusters`, ...lines].join("\n")}\n`;
  }
  const alarms = found.series.flatMap(({ series, points }) =>
    points.filter((p) => p.alarm).map((p) => ({ series, ...p })),
  );
  const judged = found.series.reduce(
    (n, { points }) => n + points.filter((p: Point) => !Number.isNaN(p.upper)).length,
    0,
  );
  const lines = alarms.map(
    (a) => `${a.series} ${a.time}: ${a.count} against ${a.expected.toFixed(1)} expected, p ${a.pvalue.toPrecision(2)}`,
  );
  return `${[`${alarms.length} alarms in ${judged} judged steps of ${found.series.length} series`, ...lines].join("\n")}\n`;
}
