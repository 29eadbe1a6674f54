import { gaussian } from "../glm/family.ts";
import { fitGlm } from "../glm/fit.ts";
import { DAY, type Driver, weekday } from "./panel.ts";
import type { Table } from "./read-csv.ts";

export type ColumnTask = {
  readonly table: Table;
  readonly extra: Table | undefined;
  readonly names: readonly string[];
  /** Row of the main table per moment and group, -1 for none. */
  readonly seen: ReadonlyMap<string, Int32Array>;
  readonly ys: ReadonlyMap<string, Float64Array>;
  readonly start: number;
  readonly step: number;
  readonly length: number;
  readonly observed: number;
  readonly skip: ReadonlySet<number>;
  readonly groupAt: number;
  readonly extraGroupAt: number;
  readonly extraTimeAt: number;
  readonly extraTimes: readonly number[];
  /** Whether rows of the drivers' table say when they were issued: then they need not reach to the end. */
  readonly issued: boolean;
  readonly known: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
};

export type ColumnChoice = {
  readonly drivers: Driver[];
  readonly values: Float64Array[][];
  readonly notes: string[];
  /** Values of the drivers on the same terms with other rows of the drivers' table: earlier or later issues. */
  readonly again: (extra: Table, extraTimes: readonly number[]) => Float64Array[][];
};

type Encode = (cells: string[][]) => Float64Array[];
type Raw = { readonly name: string; readonly cells: string[][] };
const MAX_LEVELS = 12;

/**
 * Which columns are drivers, and their values on the grid. Left out, each with a note: columns that restate the
 * calendar (the models have it), constants, columns without values ahead when future rows are given, and columns that
 * add up to the target, which nobody knows in advance.
 */
export function driverColumns(task: ColumnTask): ColumnChoice {
  const notes: string[] = [];
  const raws = [...mainColumns(task), ...extraColumns(task)].filter(({ name }) => {
    if (task.known) return task.known.includes(name);
    return !task.ignore?.includes(name);
  });
  for (const name of task.known ?? []) {
    if (!raws.some((raw) => raw.name === name))
      throw new Error(`--known ${name}: no such column in the input or the drivers file`);
  }
  const numeric: { name: string; values: Float64Array[]; cells: string[][]; sparse: boolean }[] = [];
  const drivers: Driver[] = [];
  const values: Float64Array[][] = task.names.map(() => []);
  const encoders: { readonly column: string; readonly encode: Encode }[] = [];
  const add = (name: string, kind: Driver["kind"], column: string, cells: string[][], encode: Encode) => {
    drivers.push({ name, kind });
    encoders.push({ column, encode });
    const columns = encode(cells);
    columns.forEach((column, g) => {
      (values[g] as Float64Array[]).push(column);
    });
  };
  for (const raw of raws) {
    const future = raw.cells.every((cells) => cells.slice(task.observed).every((c) => c === ""));
    if (task.length > task.observed && future && !task.issued) {
      notes.push(`${raw.name}: left out, no values after the last known target`);
      continue;
    }
    const parsed = raw.cells.map((cells) => Float64Array.from(cells, toNumber));
    const isText = raw.cells.some((cells, g) =>
      cells.some((c, i) => c !== "" && Number.isNaN((parsed[g] as Float64Array)[i] as number)),
    );
    if (isText) {
      const levels = categoryLevels(raw);
      if (levels.length > MAX_LEVELS)
        notes.push(`${raw.name}: left out, text with ${levels.length} or more different values`);
      else
        for (const level of levels.slice(1))
          add(`${raw.name}=${level}`, "flag", raw.name, raw.cells, (cells) =>
            cells.map((row) => Float64Array.from(row, (c) => (c === level ? 1 : 0))),
          );
      continue;
    }
    const sparse = fillMissing(parsed);
    const reason = restatesCalendar(task, parsed);
    if (reason) notes.push(`${raw.name}: left out, ${reason}`);
    else numeric.push({ name: raw.name, values: parsed, cells: raw.cells, sparse });
  }
  const parts = task.known ? new Set<string>() : partsOfTarget(task, numeric);
  for (const { name, values: columns, cells, sparse } of numeric) {
    const numbers: Encode = (rows) => {
      const found = rows.map((row) => Float64Array.from(row, toNumber));
      fillMissing(found, sparse);
      return found;
    };
    if (parts.has(name)) {
      notes.push(`${name}: left out, it is a part of the target and cannot be known in advance (--known to insist)`);
      continue;
    }
    const levels = [...new Set(columns.flatMap((column) => [...column]))].sort((a, b) => a - b);
    // A short scale (0/1, weather class 1..4) becomes thresholds: each step up has an effect of its own.
    if (levels.length <= 6 && levels.every(Number.isInteger)) {
      for (const level of levels.slice(1)) {
        add(levels.length === 2 ? name : `${name}>=${level}`, "flag", name, cells, (rows) =>
          numbers(rows).map((column) => column.map((v) => (v >= level ? 1 : 0))),
        );
      }
    } else add(name, "number", name, cells, numbers);
  }
  const again = (extra: Table, extraTimes: readonly number[]) => {
    const found = new Map(extraColumns({ ...task, extra, extraTimes }).map(({ name, cells }) => [name, cells]));
    const encoded = encoders.map(({ column, encode }) => {
      const cells = found.get(column);
      return cells && encode(cells);
    });
    return task.names.map((_, g) => drivers.map((_, k) => encoded[k]?.[g] ?? (values[g]?.[k] as Float64Array)));
  };
  return { drivers, values, notes, again };
}

function mainColumns({ table, skip, names, seen, length }: ColumnTask): Raw[] {
  return table.columns.flatMap((name, c) =>
    skip.has(c)
      ? []
      : [
          {
            name,
            cells: names.map((g) => Array.from({ length }, (_, i) => table.rows[seen.get(g)?.[i] ?? -1]?.[c] ?? "")),
          },
        ],
  );
}

function extraColumns(task: ColumnTask): Raw[] {
  const { extra, extraTimes, extraTimeAt, extraGroupAt, names, start, step, length } = task;
  if (!extra) return [];
  const rowAt = names.map(() => new Int32Array(length).fill(-1));
  extra.rows.forEach((row, r) => {
    const i = ((extraTimes[r] as number) - start) / step;
    if (i < 0 || i >= length) return;
    if (!Number.isInteger(i))
      throw new Error(`${extra.file} row ${r + 2}: ${row[extraTimeAt]} is off the grid of the input`);
    names.forEach((name, g) => {
      if (extraGroupAt >= 0 && row[extraGroupAt] !== name) return;
      const slot = rowAt[g] as Int32Array;
      if ((slot[i] as number) >= 0)
        throw new Error(
          `${extra.file} row ${r + 2}: ${row[extraTimeAt]} was already given in row ${(slot[i] as number) + 2}`,
        );
      slot[i] = r;
    });
  });
  return extra.columns.flatMap((name, c) =>
    c === extraTimeAt || c === extraGroupAt
      ? []
      : [{ name, cells: rowAt.map((rows) => Array.from(rows, (r) => (r < 0 ? "" : (extra.rows[r]?.[c] ?? "")))) }],
  );
}

function toNumber(cell: string): number {
  if (cell === "" || cell === "NA" || cell === "NaN") return Number.NaN;
  if (/^(true|yes)$/i.test(cell)) return 1;
  if (/^(false|no)$/i.test(cell)) return 0;
  return Number(cell);
}

function categoryLevels(raw: Raw): string[] {
  const tally = new Map<string, number>();
  for (const cells of raw.cells) for (const c of cells) if (c !== "") tally.set(c, (tally.get(c) ?? 0) + 1);
  return [...tally]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_LEVELS + 1)
    .map(([level]) => level);
}

/** Sparse amounts (a markdown, snow): no entry means none. Otherwise the last known value holds. */
function fillMissing(columns: Float64Array[], sparse?: boolean): boolean {
  const all = columns.flatMap((column) => [...column]);
  const missing = all.filter(Number.isNaN).length;
  const amount = sparse ?? (missing > 0.2 * all.length && all.every((v) => Number.isNaN(v) || v >= -1e3));
  for (const column of columns) {
    let last = amount ? 0 : (column.find((v) => !Number.isNaN(v)) ?? 0);
    for (let i = 0; i < column.length; i++) {
      const v = column[i] as number;
      if (Number.isNaN(v)) column[i] = last;
      else if (!amount) last = v;
    }
  }
  return amount;
}

/** Why a column says nothing that the date does not say, or nothing at all. */
function restatesCalendar({ start, step, length }: ColumnTask, columns: readonly Float64Array[]): string | undefined {
  const first = columns[0] as Float64Array;
  if (columns.every((column) => column.every((v) => v === column[0]))) return "constant within each series";
  const gap = (first[1] as number) - (first[0] as number);
  if (gap !== 0 && columns.every((c) => c.every((v, i) => i === 0 || Math.abs(v - (c[i - 1] as number) - gap) < 1e-9)))
    return "a running number";
  const keys: [string, (d: Date) => number][] = [
    ["the weekday", (d) => weekday(d.getTime())],
    ["the month", (d) => d.getUTCMonth()],
    ["the year", (d) => d.getUTCFullYear()],
    ["the day of the month", (d) => d.getUTCDate()],
    ["the hour", (d) => d.getUTCHours()],
  ];
  for (const [name, key] of keys) {
    if (name === "the hour" && step >= DAY) continue;
    const known = new Map<number, number>();
    const same = columns.every((column) =>
      column.every((v, i) => {
        const k = key(new Date(start + i * step));
        if (!known.has(k)) known.set(k, v);
        return known.get(k) === v;
      }),
    );
    if (same && known.size < length / 3) return `it restates ${name}`;
  }
  // Seasons and quarters: few levels that change at the same days each year.
  const levels = new Set(first);
  const changes = first.reduce((n, v, i) => n + (i > 0 && v !== first[i - 1] ? 1 : 0), 0);
  const years = (length * step) / (365 * DAY);
  if (levels.size === 4 && changes >= 3 && changes <= 4 * years + 4 && step <= 7 * DAY && years >= 0.9)
    return "it restates the season";
  return undefined;
}

/** Columns of which the target is an exact linear combination, such as the classes it is the sum of. */
function partsOfTarget(
  { ys, names, observed }: ColumnTask,
  columns: readonly { name: string; values: Float64Array[] }[],
): Set<string> {
  const p = columns.length + 1;
  const x: number[] = [];
  const y: number[] = [];
  names.forEach((name, g) => {
    const target = ys.get(name) as Float64Array;
    for (let i = 0; i < observed && y.length < 2000; i++) {
      if (Number.isNaN(target[i] as number)) continue;
      y.push(target[i] as number);
      x.push(1, ...columns.map((column) => (column.values[g] as Float64Array)[i] as number));
    }
  });
  const n = y.length;
  if (n < 3 * p || p === 1) return new Set();
  const fit = fitGlm({ x: Float64Array.from(x), n, p, y: Float64Array.from(y), family: gaussian, inference: false });
  const mean = y.reduce((a, b) => a + b) / n;
  const spread = y.reduce((a, b) => a + (b - mean) ** 2, 0);
  if (!(fit.deviance < 1e-8 * spread)) return new Set();
  return new Set(columns.filter((_, j) => Math.abs(fit.coefficients[j + 1] as number) > 1e-3).map(({ name }) => name));
}
