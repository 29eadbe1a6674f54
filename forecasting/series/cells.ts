import type { Table } from "./read-csv.ts";

/** A table asked cell by cell. */
export type Cells = {
  readonly file: string;
  readonly columns: readonly string[];
  /** Rows below the header. */
  readonly length: number;
  readonly text: (row: number, column: number) => string;
  /** The cell as a number; NaN for one that is empty or no plain number, whose text must be asked. */
  readonly number: (row: number, column: number) => number;
  /** Whether a column holds the same in two rows. */
  readonly same: (column: number, row: number, other: number) => boolean;
};

export function cellsOf({ file, columns, rows }: Table): Cells {
  const text = (row: number, column: number): string => rows[row]?.[column] ?? "";
  return {
    file,
    columns,
    length: rows.length,
    text,
    number: (row, column) => (text(row, column) === "" ? Number.NaN : Number(text(row, column))),
    same: (column, row, other) => text(row, column) === text(other, column),
  };
}

const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A table separated by commas, without quotes; its rows are bytes from..to. */
export type PlainTable = {
  readonly file: string;
  readonly columns: readonly string[];
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
};

/** Cells that know at which bytes they stand. */
export type PlainCells = Cells & {
  /** First byte of a cell, and the one after its last. */
  readonly span: (row: number, column: number) => readonly [number, number];
};

/** @returns undefined for any table that needs a parser */
export function plainTable(file: string, bytes: Buffer): PlainTable | undefined {
  const from = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
  if (bytes.length > 0x7fffffff || bytes.includes(QUOTE)) return undefined;
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const header = bytes.toString("utf8", from, end);
  const columns = header.split(",").map((name) => name.trim());
  const wide = columns.length;
  if (wide < 2 || /[;\t]/.test(header) || new Set(columns).size < wide) return undefined;
  let to = bytes.length;
  while (to > end && (bytes[to - 1] === NEWLINE || bytes[to - 1] === RETURN)) to--;
  return { file, columns, bytes, from: end + 1, to };
}

/** The cells of a plain table, whole. @returns undefined for any other table */
export function plainCells(file: string, bytes: Buffer): Cells | undefined {
  const table = plainTable(file, bytes);
  return table && cellsBetween(table, table.from, table.to);
}

/**
 * The cells of some lines of a plain table. It keeps the bytes and where cells begin, so millions of rows take little more room
 * than their file.
 * @returns undefined where there are none, or a row is not as wide as the header
 */
export function cellsBetween({ file, columns, bytes }: PlainTable, from: number, to: number): PlainCells | undefined {
  const wide = columns.length;
  const starts = beginnings(bytes, from, to, wide);
  if (!starts || starts.length <= wide) return undefined;
  // A cell ends a separator before the next begins; after a row's last a carriage return may stand.
  const endOf = (at: number): number => {
    const stop = (starts[at + 1] as number) - 1;
    return bytes[stop - 1] === RETURN && stop > (starts[at] as number) ? stop - 1 : stop;
  };
  return {
    file,
    columns,
    length: (starts.length - 1) / wide,
    text: (row, column) => bytes.toString("utf8", starts[row * wide + column], endOf(row * wide + column)).trim(),
    number: (row, column) => digits(bytes, starts[row * wide + column] as number, endOf(row * wide + column)),
    same: (column, row, other) => {
      const a = row * wide + column;
      const b = other * wide + column;
      return same(bytes, starts[a] as number, endOf(a), starts[b] as number, endOf(b));
    },
    span: (row, column) => [starts[row * wide + column] as number, endOf(row * wide + column)],
  };
}

/** Bytes from whose lines the number of cells of a table is guessed. */
const SAMPLE = 1 << 12;

/** Where each cell begins, and where one after the last would; undefined where a row is not as wide as the header. */
function beginnings(bytes: Buffer, from: number, to: number, wide: number): Int32Array | undefined {
  let starts = new Int32Array(guessCells(bytes, from, to, wide));
  let count = 0;
  let left = wide;
  if (from < to) starts[count++] = from;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte > COMMA) continue;
    if (byte === COMMA) {
      if (--left === 0) return undefined;
    } else if (byte === NEWLINE) {
      if (left !== 1) return undefined;
      left = wide;
    } else continue;
    if (count + 1 >= starts.length) {
      const more = new Int32Array(starts.length * 2);
      more.set(starts);
      starts = more;
    }
    starts[count++] = at + 1;
  }
  if (count > 0 && left !== 1) return undefined;
  starts[count] = to + 1;
  return starts.subarray(0, count + 1);
}

/** Room for the cells of a table whose lines are as long as its first, and a tenth. */
function guessCells(bytes: Buffer, from: number, to: number, wide: number): number {
  const sample = bytes.subarray(from, Math.min(to, from + SAMPLE));
  let lines = 1;
  for (let at = 0; at < sample.length; at++) if (sample[at] === NEWLINE) lines++;
  return Math.ceil((1.1 * wide * lines * (to - from)) / Math.max(1, sample.length)) + 16;
}

/** Digits, perhaps with a point: what most cells hold, and few enough to be exact. Anything else is NaN. */
export function digits(bytes: Buffer, from: number, to: number): number {
  if (to - from > 15 || to === from) return Number.NaN;
  let value = 0;
  let scale = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (scale > 0) scale *= 10;
    } else if (digit === -2 && scale === 0 && i > from && i + 1 < to) scale = 1;
    else return Number.NaN;
  }
  return scale > 0 ? value / scale : value;
}

function same(bytes: Buffer, from: number, to: number, before: number, until: number): boolean {
  if (to - from !== until - before) return false;
  for (let i = 0; i < to - from; i++) if (bytes[from + i] !== bytes[before + i]) return false;
  return true;
}
