import { digits, type PlainCells, type PlainTable } from "../series/cells.ts";
import { findColumn, type TableSeries } from "./series-table.ts";

/** What each column of a plain table holds: a series' name, a time, nothing wanted, or the values of that number. */
export type Layout = { readonly kinds: Int32Array; readonly wanted: readonly string[] };

const SERIES = -1;
const TIME = -2;
const OTHER = -3;

/** @returns undefined where one column would be two things, or there is no series column */
export function layoutOf(table: PlainTable, extra: readonly string[]): Layout | undefined {
  const wanted = ["count", ...extra.filter((name) => findColumn(table, name) >= 0)];
  const kinds = new Int32Array(table.columns.length).fill(OTHER);
  const roles = [["series", SERIES] as const, ["time", TIME] as const, ...wanted.map((name, v) => [name, v] as const)];
  for (const [name, kind] of roles) {
    const at = findColumn(table, name);
    if (at < 0 || kinds[at] !== OTHER) return undefined;
    kinds[at] = kind;
  }
  return { kinds, wanted };
}

/** A series whose times others may share: where the text of each row's time stands, and the step it is. */
export type Template = {
  readonly series: TableSeries;
  readonly places: Int32Array;
  /** First byte of each row's time, and the one after its last. */
  readonly texts: Int32Array;
};

/** @returns undefined where rows are not in the order of their times */
export function templateOf(cells: PlainCells, row: number, series: TableSeries): Template | undefined {
  const timeAt = findColumn(cells, "time");
  const places = Int32Array.from(series.labels.keys()).filter((i) => series.labels[i] !== undefined);
  const texts = new Int32Array(2 * places.length);
  for (let k = 0; k < places.length; k++) {
    if (cells.text(row + k, timeAt) !== series.labels[places[k] as number]) return undefined;
    texts.set(cells.span(row + k, timeAt), 2 * k);
  }
  return { series, places, texts };
}

/** Values by column, where the name stands, and the byte after the last row. */
export type Read = {
  readonly values: readonly Float64Array[];
  readonly name: readonly [number, number];
  readonly next: number;
};

const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads a series from a byte on whose rows have the template's times.
 * @param allot  makes room for a column
 * @returns undefined where they have not, or more is to be said
 */
export function readLike(
  table: PlainTable,
  { kinds }: Layout,
  template: Template,
  from: number,
  allot: (length: number) => Float64Array,
): Read | undefined {
  const { bytes, to } = table;
  const { places, texts, series } = template;
  const wide = kinds.length;
  const values: Float64Array[] = [];
  for (const kind of kinds) if (kind >= 0) values.push(allot(series.times.length).fill(Number.NaN));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let nameFrom = from;
  let nameEnd = from;
  let at = from;
  for (let k = 0; k < places.length; k++) {
    for (let column = 0; column < wide; column++) {
      const kind = kinds[column] as number;
      if (kind >= 0) {
        const begin = at;
        let value = 0;
        for (let digit = 0; at < to; at++, value = value * 10 + digit) {
          digit = (bytes[at] as number) - 48;
          if (digit < 0 || digit > 9) break;
        }
        if (at - begin > 15 || (at < to && (bytes[at] as number) > COMMA)) {
          at = numberEnd(bytes, at, to);
          value = digits(bytes, begin, at);
          // Anything but plain digits is left to who can say what is wrong.
          if (Number.isNaN(value)) return undefined;
        }
        (values[kind] as Float64Array)[places[k] as number] = at === begin ? Number.NaN : value;
      } else if (kind === TIME) {
        at = after(view, bytes, at, texts[2 * k] as number, texts[2 * k + 1] as number);
        if (at < 0) return undefined;
      } else if (kind === SERIES && k > 0) {
        at = after(view, bytes, at, nameFrom, nameEnd);
        if (at < 0) return undefined;
      } else {
        const end = cellEnd(bytes, at, to);
        if (kind === SERIES) [nameFrom, nameEnd] = [at, end];
        at = end;
      }
      if (column + 1 < wide) {
        if (bytes[at] !== COMMA) return undefined;
        at++;
      }
    }
    if (bytes[at] === RETURN && at < to) at++;
    if (at < to) {
      if (bytes[at] !== NEWLINE) return undefined;
      at++;
    } else if (k + 1 < places.length) return undefined;
  }
  const name = [nameFrom, nameEnd] as const;
  return goesOn(table, kinds, name, at) ? undefined : { values, name, next: at };
}

/** Whether the row that begins at a byte is of the same series. */
function goesOn({ bytes, to }: PlainTable, kinds: Int32Array, name: readonly [number, number], from: number): boolean {
  let at = from;
  for (let column = 0; kinds[column] !== SERIES; column++) at = cellEnd(bytes, at, to) + 1;
  const end = cellEnd(bytes, at, to);
  return at < to && bytes.compare(bytes, name[0], name[1], at, end) === 0;
}

/** Where a text that stands at `begin` .. `end` ends if it stands at a byte too; -1 where it does not. */
function after(view: DataView, bytes: Buffer, at: number, begin: number, end: number): number {
  const shift = at - begin;
  if (end + shift > bytes.length) return -1;
  let i = begin;
  for (; i + 4 <= end; i += 4) if (view.getInt32(i) !== view.getInt32(i + shift)) return -1;
  for (; i < end; i++) if (bytes[i] !== bytes[i + shift]) return -1;
  return end + shift;
}

function numberEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  // Digits are above what separates, and so is all that makes a cell no plain number, but for blanks.
  while (at < to && (bytes[at] as number) > COMMA) at++;
  return at;
}

function cellEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== COMMA && bytes[at] !== NEWLINE) at++;
  return bytes[at - 1] === RETURN && at > from && bytes[at] !== COMMA ? at - 1 : at;
}
