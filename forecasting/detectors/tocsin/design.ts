/** One cycle of the calendar: harmonics of its period or, with levels, a level for each of its steps. */
export type Cycle = { readonly period: number; readonly harmonics?: number; readonly levels?: boolean };

/** Cycles to expect of a series with so many steps a year. */
export function defaultCycles(freq: number): readonly Cycle[] {
  if (freq >= 8000) {
    return [
      { period: 24, harmonics: 4 },
      { period: 168, harmonics: 3 },
      { period: freq, harmonics: 2 },
    ];
  }
  if (freq >= 300)
    return [
      { period: 7, levels: true },
      { period: freq, harmonics: 2 },
    ];
  return freq >= 2 ? [{ period: freq, harmonics: Math.min(2, Math.floor(freq / 2)) }] : [];
}

/** Columns first .. first + size - 1: a trend, a harmonic's pair, the levels of a cycle. */
export type Group = { readonly first: number; readonly size: number };

/** Rows of a regression: dense columns, the intercept first, then those of one cycle's levels, of which a row has one or none. */
export type Design = {
  /** Columns in all. */
  readonly p: number;
  /** Dense columns, each of shape (n,). */
  readonly dense: readonly Float64Array[];
  /** Column of each row's level, shape (n,); 0: none. */
  readonly level: Int32Array;
  readonly groups: readonly Group[];
  /** Steps of it taken before, by how many and how far apart. */
  readonly parts: Map<string, Part>;
};

/** Some rows of a design, in the order of their levels. */
export type Part = {
  readonly p: number;
  /** Dense columns, each of shape (n,), the intercept first. */
  readonly columns: readonly Float64Array[];
  /** The steps they are of, shape (n,). */
  readonly rows: Int32Array;
  /** Where the rows of each level end: those without one first, then those of column columns.length and on. */
  readonly ends: Int32Array;
};

/** Known periods a cycle must have been seen before it is believed. */
const PERIODS_SEEN = 1.5;
/** Known steps before a trend is believed. */
const TREND_STEPS = 30;

/**
 * Design rows of steps 0..n-1: level, trend, the cycles that `history` steps have shown, and the given drivers.
 * @param drivers  extra columns, each shape (n,); a driver without any variation is left to the fit to drop
 * @returns the rows; the trend runs from 0 to 1 over the series
 */
export function design(
  n: number,
  history: number,
  trend: boolean,
  cycles: readonly Cycle[],
  drivers: readonly Float64Array[],
): Design {
  const columns: ((t: number) => number)[] = [() => 1];
  const groups: Group[] = [];
  const group = (first: number) => groups.push({ first, size: columns.length - first });
  if (trend && history >= TREND_STEPS) {
    columns.push((t) => t / n);
    group(1);
  }
  const seen = cycles.filter(({ period }) => history >= PERIODS_SEEN * period);
  for (const { period, harmonics, levels } of seen) {
    if (levels) continue;
    for (let s = 1; s <= (harmonics ?? 1); s++) {
      const turn = (2 * Math.PI * s) / period;
      columns.push((t) => Math.cos(turn * t));
      if (2 * s !== period) columns.push((t) => Math.sin(turn * t));
      group(columns.length - (2 * s !== period ? 2 : 1));
    }
  }
  for (const values of drivers) columns.push((t) => values[t] as number);
  const leveled = seen.filter(({ levels }) => levels);
  const last = leveled.at(-1)?.period ?? 1;
  for (const { period } of leveled.slice(0, -1)) {
    for (let level = 1; level < period; level++) columns.push((t) => (t % period === level ? 1 : 0));
  }
  const q = columns.length;
  const dense = columns.map((column) => Float64Array.from({ length: n }, (_, t) => column(t)));
  const level = Int32Array.from({ length: n }, (_, t) => (t % last === 0 ? 0 : q + (t % last) - 1));
  return { p: q + last - 1, dense, level, groups, parts: new Map() };
}

/** The same design at some steps only, those of one level after those of another: loops over a level need no look at it. */
export function stepsOf({ p, dense, level, parts }: Design, steps: Int32Array): Part {
  const n = steps.length;
  // Where no step is missing, as is usual, all series of a length share these.
  const stride = n > 1 ? (steps[1] as number) - (steps[0] as number) : 1;
  const even = isEven(steps, stride);
  const known = even ? parts.get(`${n} ${stride}`) : undefined;
  if (known) return known;
  const { rows, ends } = byLevel(level, steps, p - dense.length + 1, dense.length);
  const part: Part = { p, columns: dense.map((column) => at(column, rows)), rows, ends };
  if (even) parts.set(`${n} ${stride}`, part);
  return part;
}

function isEven(steps: Int32Array, stride: number): boolean {
  const n = steps.length;
  if (steps[n - 1] !== (n - 1) * stride) return false;
  for (let i = 0; i < n; i++) if (steps[i] !== i * stride) return false;
  return true;
}

/** Steps in the order of their levels. */
function byLevel(level: Int32Array, steps: Int32Array, levels: number, q: number): Pick<Part, "rows" | "ends"> {
  const place = (r: number): number => Math.max(0, (level[r] as number) - q + 1);
  const ends = new Int32Array(levels);
  for (let i = 0; i < steps.length; i++) {
    const s = place(steps[i] as number);
    ends[s] = (ends[s] as number) + 1;
  }
  const next = new Int32Array(levels);
  for (let s = 1; s < levels; s++) {
    next[s] = ends[s - 1] as number;
    ends[s] = (ends[s] as number) + (ends[s - 1] as number);
  }
  const rows = new Int32Array(steps.length);
  for (let i = 0; i < steps.length; i++) {
    const s = place(steps[i] as number);
    rows[next[s] as number] = steps[i] as number;
    next[s] = (next[s] as number) + 1;
  }
  return { rows, ends };
}

/** Values at some steps. */
export function at(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i] as number] as number;
  return out;
}
