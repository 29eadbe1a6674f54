import { parseTime, type Table } from "../series/read-csv.ts";

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
  time: ["time", "date", "week", "day", "hour", "ts", "timestamp", "year"],
  count: ["count", "counts", "cases", "observed", "y", "value"],
  series: ["series", "region", "location", "place"],
  exposure: ["exposure", "population", "pop"],
  expected: ["expected", "baseline"],
  completeness: ["completeness"],
  lat: ["lat", "latitude"],
  lon: ["lon", "long", "lng", "longitude"],
  x: ["x"],
  y: ["y"],
};

/** Index of the first column that goes by one of a name's synonyms, letter case aside; -1 if none does. */
export function findColumn(table: Table, name: string): number {
  const columns = table.columns.map((c) => c.toLowerCase());
  return (SYNONYMS[name] ?? [name]).map((s) => columns.indexOf(s)).find((i) => i >= 0) ?? -1;
}

/** A number, a time or NaN for an empty cell. */
export function parseMoment(text: string): number {
  if (text === "") return Number.NaN;
  const number = Number(text);
  return Number.isNaN(number) ? parseTime(text) : number;
}

const EMPTY = /^(?:|na|nan|null)$/i;

function parseNumber(table: Table, text: string, row: number, column: string): number {
  if (EMPTY.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new Error(`${table.file}: row ${row + 2}, ${column}: expected a number or nothing, got "${text}"`);
}

/**
 * The series of a table of time, count and, where there are several, series or region.
 * @param extra  further numeric columns wanted, by name or synonym; those absent are left out
 * @throws Error naming the file and what is wrong with it
 */
export function readSeries(table: Table, extra: readonly string[]): TableSeries[] {
  const timeAt = required(table, "time");
  const countAt = required(table, "count");
  const seriesAt = findColumn(table, "series");
  const wanted = extra
    .map((name) => ({ name, at: findColumn(table, name) }))
    .filter(({ at }) => at >= 0 && at !== countAt);
  const groups = new Map<string, number[]>();
  const moments = table.rows.map((row, i) => {
    const moment = parseMoment(row[timeAt] ?? "");
    if (Number.isNaN(moment)) {
      throw new Error(
        `${table.file}: row ${i + 2}: expected a number or an ISO date as time, got "${row[timeAt] ?? ""}"`,
      );
    }
    const name = seriesAt < 0 ? "all" : (row[seriesAt] ?? "");
    const rows = groups.get(name);
    if (rows) rows.push(i);
    else groups.set(name, [i]);
    return moment;
  });
  return [...groups].map(([name, rows]) => {
    rows.sort((a, b) => (moments[a] as number) - (moments[b] as number));
    const times = Float64Array.from(rows, (i) => moments[i] as number);
    const repeated = times.findIndex((t, i) => i > 0 && t === times[i - 1]);
    if (repeated > 0) {
      throw new Error(
        `${table.file}: series "${name}" has two rows for ${table.rows[rows[repeated] as number]?.[timeAt]}`,
      );
    }
    const grid = fillGaps(times);
    const column = (at: number, label: string): Float64Array => {
      const values = new Float64Array(grid.times.length).fill(Number.NaN);
      rows.forEach((i, k) => {
        values[grid.places[k] as number] = parseNumber(table, table.rows[i]?.[at] ?? "", i, label);
      });
      return values;
    };
    const labels: (string | undefined)[] = new Array(grid.times.length).fill(undefined);
    rows.forEach((i, k) => {
      labels[grid.places[k] as number] = table.rows[i]?.[timeAt];
    });
    const counts = column(countAt, "count");
    const negative = counts.findIndex((c) => c < 0);
    if (negative >= 0)
      throw new Error(`${table.file}: expected counts >= 0, got ${counts[negative]} at ${labels[negative]}`);
    const columns = new Map(wanted.map(({ name: n, at }) => [n, column(at, n)]));
    return { name, labels, times: grid.times, counts, columns };
  });
}

function required(table: Table, name: string): number {
  const at = findColumn(table, name);
  if (at >= 0) return at;
  throw new Error(`${table.file}: expected a column ${name}, got ${table.columns.join(", ")}`);
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
