import { driverColumns } from "./driver-columns.ts";
import { type Group, HOUR, type Panel } from "./panel.ts";
import { columnIndex, parseTime, readTable, type Table, timeColumn } from "./read-csv.ts";
import { asIssued, issuedColumn } from "./vintages.ts";

export type ReadOptions = {
  readonly input: string;
  readonly target: string;
  readonly time?: string | undefined;
  readonly group?: string | undefined;
  /** A second table of what is known in advance: same time (and group) column, other columns are drivers. */
  readonly drivers?: string | undefined;
  /** Only these columns are drivers. */
  readonly known?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  /** Moments there must be room for after the last known target, where drivers say when they were issued. */
  readonly ahead?: number | undefined;
  /** ms: columns are chosen by what was issued up to then. */
  readonly chooseAt?: number | undefined;
  /** Moments without a row: an error, unknown, or a count of zero. */
  readonly gaps?: "error" | "unknown" | "zero" | undefined;
  /** Targets below zero (returns that outweigh sales): an error, or nothing. */
  readonly negatives?: "error" | "zero" | undefined;
};

export type ReadResult = {
  readonly panel: Panel;
  /** What was decided about columns, for the user. */
  readonly notes: readonly string[];
};

/**
 * Reads series from CSV onto a regular grid.
 * @throws Error that names file, row, what was expected and what was found: missing columns, bad dates, repeated or
 *         missing moments, non-numeric or negative targets
 */
export function readPanel(options: ReadOptions): ReadResult {
  const table = readTable(options.input);
  const timeAt = timeColumn(table, options.time);
  const targetAt = columnIndex(table, options.target);
  const groupAt = options.group ? columnIndex(table, options.group) : -1;
  const times = table.rows.map((row, r) => readTime(table, row[timeAt] ?? "", r));
  const step = gridStep(table, times, (r) => (groupAt < 0 ? "" : (table.rows[r]?.[groupAt] ?? "")));
  const file = options.drivers ? readTable(options.drivers) : undefined;
  const issued = file !== undefined && issuedColumn(file) >= 0;
  const extraTimeName = file ? (file.columns[extraTime(file, table.columns[timeAt] as string)] as string) : "";
  const tableAt = (at: number) => (file ? asIssued(file, extraTimeName, options.group, at) : undefined);
  const extra = tableAt(Number.POSITIVE_INFINITY);
  const extraTimeAt = extra ? extraTime(extra, table.columns[timeAt] as string) : -1;
  const timesOf = (one: Table) =>
    one.rows.map((row, r) => readTime(one, row[one.columns.indexOf(extraTimeName)] ?? "", r));
  const extraTimes = extra ? timesOf(extra) : [];
  const start = Math.min(...minMax(times));
  const end = Math.max(minMax(times)[1], extraTimes.length ? minMax(extraTimes)[1] : Number.NEGATIVE_INFINITY);
  const reach = Math.round((end - start) / step) + 1;
  const last = Math.round((minMax(times)[1] - start) / step) + 1;
  const length = issued ? Math.max(reach, last + (options.ahead ?? 0)) : reach;

  const names = [...new Set(table.rows.map((row) => (groupAt < 0 ? "" : (row[groupAt] ?? ""))))];
  const ys = new Map(names.map((name) => [name, new Float64Array(length).fill(Number.NaN)]));
  const seen = new Map(names.map((name) => [name, new Int32Array(length).fill(-1)]));
  let negative = 0;
  table.rows.forEach((row, r) => {
    const name = groupAt < 0 ? "" : (row[groupAt] ?? "");
    const i = ((times[r] as number) - start) / step;
    if (!Number.isInteger(i)) {
      throw new Error(
        `${table.file} row ${r + 2}: ${row[timeAt]} is off the grid of ${step / HOUR} h from the first row`,
      );
    }
    const slot = seen.get(name) as Int32Array;
    if ((slot[i] as number) >= 0) {
      throw new Error(
        `${table.file} row ${r + 2}: ${row[timeAt]}${name ? ` of ${name}` : ""} was already given in row ${(slot[i] as number) + 2}`,
      );
    }
    slot[i] = r;
    const text = row[targetAt] ?? "";
    if (text === "" || text === "NA" || text === "NaN") return;
    const y = Number(text);
    if (!Number.isFinite(y))
      throw new Error(`${table.file} row ${r + 2}: ${options.target}: expected a number, got "${text}"`);
    if (y < 0 && options.negatives !== "zero")
      throw new Error(`${table.file} row ${r + 2}: ${options.target}: expected >= 0, got ${text}`);
    if (y < 0) negative++;
    (ys.get(name) as Float64Array)[i] = Math.max(0, y);
  });
  const observed = 1 + Math.max(...[...ys.values()].map((y) => y.findLastIndex((v) => !Number.isNaN(v))));
  if (observed < 1) throw new Error(`${table.file}: ${options.target}: expected at least one value, got none`);
  let missing = 0;
  for (const name of names)
    missing += fillGaps(
      ys.get(name) as Float64Array,
      seen.get(name) as Int32Array,
      observed,
      name,
      start,
      step,
      options,
    );
  const said = [
    ...(missing > 0
      ? [`${missing} moments without a row: taken as ${options.gaps === "zero" ? "zero" : "unknown"} (--gaps)`]
      : []),
    ...(negative > 0 ? [`${options.target}: ${negative} values below zero taken as zero (--negatives)`] : []),
  ];

  const chosen = issued && options.chooseAt !== undefined ? tableAt(options.chooseAt) : extra;
  const choice = driverColumns({
    table,
    extra: chosen,
    names,
    seen,
    ys,
    start,
    step,
    length,
    observed,
    skip: new Set([timeAt, targetAt, groupAt]),
    groupAt,
    extraGroupAt: extra && options.group ? extra.columns.indexOf(options.group) : -1,
    extraTimeAt,
    extraTimes: chosen ? timesOf(chosen) : [],
    issued,
    known: options.known,
    ignore: options.ignore,
  });
  const groups: Group[] = names.map((name, g) => ({
    name,
    y: ys.get(name) as Float64Array,
    drivers: choice.values[g] as Float64Array[],
  }));
  const panel: Panel = { step, start, length, observed, drivers: choice.drivers, groups };
  const notes = [...said, ...choice.notes];
  if (!issued) return { panel, notes };
  const asOf = (origin: number): Panel => {
    const known = tableAt(start + origin * step) as Table;
    const values = choice.again(known, timesOf(known));
    return { ...panel, groups: groups.map((group, g) => ({ ...group, drivers: values[g] as Float64Array[] })) };
  };
  return { panel: { ...panel, asOf }, notes };
}

function minMax(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

function readTime(table: Table, text: string, r: number): number {
  const time = parseTime(text);
  if (Number.isNaN(time)) throw new Error(`${table.file} row ${r + 2}: expected an ISO date, got "${text}"`);
  return time;
}

function extraTime(extra: Table, name: string): number {
  const same = extra.columns.indexOf(name);
  return same >= 0 ? same : timeColumn(extra, undefined);
}

/** The most common distance between neighbouring moments of one group. */
function gridStep(table: Table, times: readonly number[], groupOf: (r: number) => string): number {
  const byGroup = new Map<string, number[]>();
  times.forEach((t, r) => {
    const list = byGroup.get(groupOf(r));
    if (list) list.push(t);
    else byGroup.set(groupOf(r), [t]);
  });
  const tally = new Map<number, number>();
  for (const list of byGroup.values()) {
    list.sort((a, b) => a - b);
    for (let i = 1; i < list.length; i++) {
      const gap = (list[i] as number) - (list[i - 1] as number);
      if (gap > 0) tally.set(gap, (tally.get(gap) ?? 0) + 1);
    }
  }
  const best = [...tally].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0];
  if (!best) throw new Error(`${table.file}: expected at least two different moments in one series`);
  const step = best[0];
  if (step > 14 * 24 * HOUR || step % 60_000 !== 0) {
    throw new Error(`${table.file}: expected hourly, daily or weekly rows, got a usual distance of ${step / HOUR} h`);
  }
  return step;
}

function fillGaps(
  y: Float64Array,
  seen: Int32Array,
  observed: number,
  name: string,
  start: number,
  step: number,
  { gaps = "error", input }: ReadOptions,
): number {
  const first = seen.findIndex((r) => r >= 0);
  const missing: number[] = [];
  for (let i = first; i < observed; i++) if ((seen[i] as number) < 0) missing.push(i);
  const at = missing[0];
  if (at === undefined) return 0;
  if (gaps === "zero") for (const i of missing) y[i] = 0;
  if (gaps === "error") {
    throw new Error(
      `${input}: ${missing.length} moments without a row${name ? ` in ${name}` : ""}, first ${new Date(start + at * step).toISOString().slice(0, 16)}; ` +
        "choose --gaps unknown (leave out) or --gaps zero (nothing happened)",
    );
  }
  return missing.length;
}
