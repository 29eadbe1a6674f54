import { availableParallelism } from "node:os";
import { HistoryError, type Judgement } from "./judgement.ts";
import { findMethod, IGNORED_OPTIONS, METHODS, type Method } from "./methods.ts";
import type { TableSeries } from "./series-table.ts";
import { type Task, tocsinMany } from "./tocsin/many.ts";
import { parseTocsinOptions, TOCSIN_OPTION_NAMES } from "./tocsin/options.ts";

export type Point = {
  readonly time: string;
  readonly count: number;
  readonly expected: number;
  readonly upper: number;
  readonly pvalue: number;
  readonly alarm: boolean;
};

export type JudgedSeries = { readonly series: string; readonly points: readonly Point[] };

/** Columns besides time and count a method may use. */
export const USED_COLUMNS: readonly string[] = ["exposure", "completeness"];

/** Every name a step-judging method goes by. */
export const METHOD_NAMES: readonly string[] = ["tocsin", ...METHODS.flatMap((m) => m.names)];

/**
 * Judges every series of a table, each by the steps a year its own times tell of unless the options say how many.
 * @param series  drawn one after another while those before are judged
 * @param from    first time judged; the earliest the method can judge when left out
 * @param many    there are so many that threads are started before the first is drawn
 * @returns the points of each series in time order, steps without a row left out, and what the user should know
 * @throws Error for an unknown method, options or a history the method cannot work with
 */
export async function judgeSeries(
  name: string,
  series: Iterable<TableSeries>,
  options: Readonly<Record<string, unknown>>,
  from: number | undefined,
  many = false,
): Promise<{ judged: JudgedSeries[]; notes: string[] }> {
  const seen: Begun[] = [];
  const begun = function* (): Generator<Begun> {
    for (const s of series) {
      const before = seen.at(-1);
      const same = before?.series.times === s.times;
      const one = same ? { ...before, series: s } : { series: s, start: firstStep(s, from), freq: stepsAYear(s.times) };
      seen.push(one);
      yield one;
    }
  };
  const isTocsin = name.toLowerCase() === "tocsin";
  const judge = isTocsin ? judgeTocsin : judgeByMethod(name);
  const { judged, known } = await judge(begun(), options, from, many);
  const late = from !== undefined && seen.every(({ series: { times }, start }) => start === times.length);
  const ended = late ? ["nothing is judged: every series ends before --from"] : [];
  return { judged, notes: [...ended, ...mixedSteps(seen, options.freq), ...unknownOptions(options, known)] };
}

/** A series, its first step judged, and the steps a year of its times. */
type Begun = { readonly series: TableSeries; readonly start: number; readonly freq: number };

/** Judged series, and the option names that mattered. */
type Judge = (
  begun: Iterable<Begun>,
  options: Readonly<Record<string, unknown>>,
  from: number | undefined,
  many: boolean,
) => Promise<{ judged: JudgedSeries[]; known: readonly string[] }>;

const judgeTocsin: Judge = async (begun, options, _from, many) => {
  const { options: settings, drivers } = parseTocsinOptions(options);
  const all: Begun[] = [];
  const tasks = function* (): Generator<Task> {
    for (const one of begun) {
      all.push(one);
      const { series, start, freq } = one;
      const { counts, columns } = series;
      yield {
        input: {
          counts,
          exposure: columns.get("exposure"),
          completeness: columns.get("completeness"),
          drivers: drivers.map((d) => driver(series, d)),
        },
        from: start,
        freq: options.freq === undefined ? freq : settings.freq,
      };
    }
  };
  const results = await tocsinMany(tasks(), settings, availableParallelism(), many);
  const judged = all.map(({ series, start }, i) => points(series, start, results[i] as Judgement));
  return { judged, known: TOCSIN_OPTION_NAMES };
};

function judgeByMethod(name: string): Judge {
  const method = findMethod(name);
  if (!method) throw new Error(`method: expected one of ${METHOD_NAMES.join(", ")} or a scan, got ${name}`);
  return async (begun, options, from) => {
    const judged = Array.from(begun, ({ series, start: first, freq }) => {
      const { start, judgement } = judgeFrom(method, series, first, { freq, ...options }, from === undefined);
      return points(series, start, judgement);
    });
    return { judged, known: method.options };
  };
}

/** Says which series a freq given for all does not fit, where their times differ. */
function mixedSteps(seen: readonly Begun[], given: unknown): string[] {
  const by = new Map<number, string>();
  for (const { series, freq } of seen) if (!by.has(freq)) by.set(freq, series.name);
  if (given === undefined || by.size < 2) return [];
  const each = [...by].map(([freq, name]) => `${Number(freq.toFixed(2))} (series "${name}")`);
  return [`freq: ${given} steps a year are taken for every series, though their times say ${each.join(", ")}`];
}

function judgeFrom(
  method: Method,
  { name, counts, columns }: TableSeries,
  start: number,
  options: unknown,
  mayStartLater: boolean,
): { start: number; judgement: Judgement } {
  const input = { counts, exposure: columns.get("exposure") };
  try {
    return { start, judgement: method.judge(input, start, options) };
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    if (mayStartLater && error.needed <= counts.length) {
      return { start: error.needed, judgement: method.judge(input, error.needed, options) };
    }
    throw new Error(`series "${name}": ${error.message}`, { cause: error });
  }
}

const YEAR = 365.25 * 86_400_000;
/** The reference's steps a year, by which steps of about so many are meant. */
const USUAL = [1, 4, 12, 52, 365, 8760];
/** Times below this are taken for step numbers, below the next for seconds, not for milliseconds. */
const FIRST_DATE = 1e9;
const FIRST_MILLISECONDS = 1e10;

/** Steps a year by the distance of dates; weekly where times are only numbered. */
function stepsAYear(times: Float64Array): number {
  if (times.length < 2 || (times[0] as number) < FIRST_DATE) return 52;
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) step = Math.min(step, (times[i] as number) - (times[i - 1] as number));
  const exact = YEAR / ((times[0] as number) < FIRST_MILLISECONDS ? 1000 * step : step);
  return USUAL.find((n) => Math.abs(exact / n - 1) < 0.1) ?? exact;
}

function firstStep({ times }: TableSeries, from: number | undefined): number {
  if (from === undefined) return 0;
  const at = times.findIndex((t) => t >= from);
  return at < 0 ? times.length : at;
}

function points(s: TableSeries, start: number, judgement: Judgement): JudgedSeries {
  const out: Point[] = [];
  for (let i = 0; i < judgement.alarm.length; i++) {
    const time = s.labels[start + i];
    if (time === undefined) continue;
    out.push({
      time,
      count: s.counts[start + i] as number,
      expected: judgement.expected[i] as number,
      upper: judgement.upper[i] as number,
      pvalue: judgement.pvalue[i] as number,
      alarm: judgement.alarm[i] === 1,
    });
  }
  return { series: s.name, points: out };
}

function driver({ name, columns }: TableSeries, column: string): Float64Array {
  const values = columns.get(column);
  if (!values) throw new Error(`drivers: expected a column ${column}`);
  const missing = values.findIndex(Number.isNaN);
  if (missing >= 0) throw new Error(`drivers: series "${name}" has no ${column} in step ${missing + 1}`);
  return values;
}

function unknownOptions(options: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  const unknown = Object.keys(options).filter((k) => !known.includes(k) && !IGNORED_OPTIONS.includes(k));
  return unknown.map(
    (k) => `option ${k} is not known to this method and changes nothing; it knows ${known.join(", ")}`,
  );
}
