import type { Cells } from "../series/cells.ts";
import { parseTime } from "../series/read-csv.ts";

/** One series of a table: its rows in time order, the steps no row tells of filled in as missing. */
export type TableSeries = {
  readonly name: string;
  /** Time of each step as it stands in the table; undefined for a step that was filled in. */
  readonly labels: readonly (string | undefined)[];
  /** Times as numbers: epoch milliseconds, or the number in the table. */
  readonly times: Float64Array;
  /** NaN where empty. */
  readonly counts: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
};

const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  time: ["time", "date", "week", "day", "hour", "ts", "timestamp", "year", "时间", "日期"],
  count: ["count", "counts", "cases", "observed", "y", "value", "数量", "件数", "计数"],
  series: ["series", "region", "location", "place", "序列", "地区", "区域", "省份", "城市"],
  exposure: ["exposure", "population", "pop", "在途", "人口"],
  expected: ["expected", "baseline"],
  completeness: ["completeness"],
  lat: ["lat", "latitude", "纬度"],
  lon: ["lon", "long", "lng", "longitude", "经度"],
  x: ["x"],
  y: ["y"],
};

/** Index of the first column that goes by one of a name's synonyms, letter case aside; -1 if none does. */
export function findColumn(table: { readonly columns: readonly string[] }, name: string): number {
  const columns = table.columns.map((c) => c.toLowerCase());
  return (SYNONYMS[name] ?? [name]).map((s) => columns.indexOf(s)).find((i) => i >= 0) ?? -1;
}

/** A date without dashes, of this century or the last: no one numbers steps from twenty millions. */
const COMPACT = /^((?:19|20)\d\d)(\d\d)(\d\d)$/;

/** A number or the epoch milliseconds of a date, dashes or not; NaN for anything else. */
export function parseMoment(text: string): number {
  const date = parseTime(text.replace(COMPACT, "$1-$2-$3"));
  if (!Number.isNaN(date) || text === "") return date;
  return Number(text);
}

const EMPTY = /^(?:|na|nan|null)$/i;

function parseNumber(cells: Cells, row: number, column: number, name: string): number {
  const plain = cells.number(row, column);
  if (Number.isFinite(plain)) return plain;
  const text = cells.text(row, column);
  if (EMPTY.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new Error(`${cells.file}: row ${row + 2}, ${name}: expected a number or nothing, got "${text}"`);
}

/**
 * The series of a table of time, count and, where there are several, series or region.
 * @param extra  further numeric columns wanted, by name or synonym; those absent are left out
 * @throws Error naming the file and what is wrong with it
 */
export function readSeries(cells: Cells, extra: readonly string[]): TableSeries[] {
  return [...eachSeries(cells, extra, groupRows(cells), new Map())];
}

/**
 * The same one after another, each read when it is asked for.
 * @param groups   runs of rows of each series wanted, as groupRows finds them
 * @param moments  remembers times already read
 * @throws as readSeries, when it gets there
 */
export function* eachSeries(
  cells: Cells,
  extra: readonly string[],
  groups: Iterable<readonly [string, readonly number[]]>,
  moments: Map<string, Moment>,
): Generator<TableSeries> {
  const timeAt = required(cells, "time");
  const countAt = required(cells, "count");
  const wanted = extra
    .map((name) => ({ name, at: findColumn(cells, name) }))
    .filter(({ at }) => at >= 0 && at !== countAt);
  let before: { readonly rows: Int32Array; readonly steps: Steps } | undefined;
  for (const [name, runs] of groups) {
    const rows = rowsOf(runs);
    const same = before && sameTimes(cells, timeAt, rows, before.rows);
    const steps = before && same ? before.steps : stepsOf(cells, timeAt, name, rows, moments);
    before = { rows, steps };
    const { times, places, labels } = steps;
    const column = (at: number, label: string): Float64Array => {
      const values = new Float64Array(times.length).fill(Number.NaN);
      for (let k = 0; k < rows.length; k++) {
        values[places[k] as number] = parseNumber(cells, rows[k] as number, at, label);
      }
      return values;
    };
    const counts = column(countAt, "count");
    const wrong = counts.findIndex((c) => c < 0 || c > MOST);
    if (wrong >= 0) {
      const range = `counts >= 0${(counts[wrong] as number) > MOST ? ` and up to ${MOST}` : ""}`;
      throw new Error(`${cells.file}: expected ${range}, got ${counts[wrong]} at ${labels[wrong]}`);
    }
    const columns = new Map(wanted.map(({ name: n, at }) => [n, column(at, n)]));
    checkRanges(cells.file, name, columns, labels);
    yield { name, labels, times, counts, columns };
  }
}

/** Beyond this a count plus one is the same number. */
const MOST = Number.MAX_SAFE_INTEGER;

/** What a column's values may be. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  exposure: [0, Number.POSITIVE_INFINITY],
  expected: [0, Number.POSITIVE_INFINITY],
  completeness: [0, 1],
  lat: [-90, 90],
  lon: [-180, 360],
};

/** @throws Error for a value no such column can have */
export function checkRanges(
  file: string,
  series: string,
  columns: ReadonlyMap<string, Float64Array>,
  labels: TableSeries["labels"],
): void {
  for (const [name, values] of columns) {
    const [low, high] = RANGES[name] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const wrong = values.findIndex((v) => v < low || v > high);
    if (wrong < 0) continue;
    const range = high === Number.POSITIVE_INFINITY ? `>= ${low}` : `from ${low} to ${high}`;
    throw new Error(`${file}: series "${series}": expected ${name} ${range}, got ${values[wrong]} at ${labels[wrong]}`);
  }
}

/** Runs of rows of each series, as they stand in the table: first, end, first, end.. */
export function groupRows(cells: Cells): Map<string, number[]> {
  const seriesAt = findColumn(cells, "series");
  if (seriesAt < 0) return new Map([["all", [0, cells.length]]]);
  const groups = new Map<string, number[]>();
  for (let first = 0, end = 0; first < cells.length; first = end) {
    for (end = first + 1; end < cells.length && cells.same(seriesAt, end, first); ) end++;
    const name = cells.text(first, seriesAt);
    const runs = groups.get(name);
    if (runs) runs.push(first, end);
    else groups.set(name, [first, end]);
  }
  return groups;
}

function rowsOf(runs: readonly number[]): Int32Array {
  let length = 0;
  for (let i = 0; i < runs.length; i += 2) length += (runs[i + 1] as number) - (runs[i] as number);
  const rows = new Int32Array(length);
  let k = 0;
  for (let i = 0; i < runs.length; i += 2) {
    for (let row = runs[i] as number; row < (runs[i + 1] as number); row++) rows[k++] = row;
  }
  return rows;
}

/** The steps of a series: their times, their labels, and the step of each row. */
type Steps = Pick<TableSeries, "times" | "labels"> & { readonly places: Int32Array };

function sameTimes(cells: Cells, timeAt: number, rows: Int32Array, others: Int32Array): boolean {
  if (rows.length !== others.length) return false;
  for (let k = 0; k < rows.length; k++) {
    if (!cells.same(timeAt, rows[k] as number, others[k] as number)) return false;
  }
  return true;
}

/** A time as it stands in the table, and as a number, which it may be already. */
export type Moment = { readonly text: string; readonly time: number; readonly isNumber: boolean };
/** Different times remembered: a table has few, and each is read as often as there are series. */
const MOST_MOMENTS = 200_000;

function momentOf(cells: Cells, row: number, timeAt: number, moments: Map<string, Moment>): Moment {
  const text = cells.text(row, timeAt);
  const known = moments.get(text);
  if (known) return known;
  const time = parseMoment(text);
  if (Number.isNaN(time)) {
    throw new Error(`${cells.file}: row ${row + 2}: expected a number or an ISO date as time, got "${text}"`);
  }
  const moment = { text, time, isNumber: Number(text) === time };
  if (moments.size < MOST_MOMENTS) moments.set(text, moment);
  return moment;
}

function stepsOf(cells: Cells, timeAt: number, name: string, rows: Int32Array, known: Map<string, Moment>): Steps {
  const moments = Array.from(rows, (row) => momentOf(cells, row, timeAt, known));
  const odd = moments.find(({ isNumber }) => isNumber !== moments[0]?.isNumber);
  if (odd) {
    const both = `${moments[0]?.text} and ${odd.text}`;
    throw new Error(`${cells.file}: series "${name}": expected numbers or dates as times, got both: ${both}`);
  }
  const timeOf = (k: number): number => (moments[k] as Moment).time;
  const order = Int32Array.from(rows.keys());
  if (!order.every((k) => k === 0 || timeOf(k) > timeOf(k - 1))) order.sort((a, b) => timeOf(a) - timeOf(b));
  const times = Float64Array.from(order, timeOf);
  const repeated = times.findIndex((t, i) => i > 0 && t === times[i - 1]);
  if (repeated > 0) {
    const { text } = moments[order[repeated] as number] as Moment;
    throw new Error(`${cells.file}: series "${name}" has two rows for ${text}`);
  }
  const grid = fillGaps(times);
  const labels: (string | undefined)[] = new Array(grid.times.length).fill(undefined);
  const places = new Int32Array(rows.length);
  for (let i = 0; i < order.length; i++) {
    const k = order[i] as number;
    places[k] = grid.places[i] as number;
    labels[places[k] as number] = (moments[k] as Moment).text;
  }
  return { times: grid.times, places, labels };
}

function required(cells: Cells, name: string): number {
  const at = findColumn(cells, name);
  if (at >= 0) return at;
  throw new Error(`${cells.file}: expected a column ${name}, got ${cells.columns.join(", ")}`);
}

/** Most steps filled in for each there is: a sparser table is taken to be irregular and left as it is. */
const MOST_FILLED = 20;

/** Where the distances are all multiples of the smallest, the steps between that no row tells of. */
function fillGaps(times: Float64Array): { times: Float64Array; places: Int32Array } {
  const asTheyAre = { times, places: Int32Array.from(times.keys()) };
  if (times.length < 2) return asTheyAre;
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) step = Math.min(step, (times[i] as number) - (times[i - 1] as number));
  const first = times[0] as number;
  const places = Int32Array.from(times, (t) => Math.round((t - first) / step));
  const regular = times.every((t, i) => Math.abs(first + (places[i] as number) * step - t) < 1e-6 * step);
  const length = (places.at(-1) as number) + 1;
  if (!regular || length > MOST_FILLED * times.length) return asTheyAre;
  return { times: Float64Array.from({ length }, (_, i) => first + i * step), places };
}
