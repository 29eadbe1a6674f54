import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { type Cells, cellsOf, type PlainTable, plainCells, plainTable } from "./cells.ts";

export type Table = { readonly file: string; readonly columns: readonly string[]; readonly rows: readonly string[][] };

/** A CSV (or .csv.gz) file with a header as strings. @throws Error naming the file and what is wrong with it */
export function readTable(file: string): Table {
  return parseTable(file, readBytes(file));
}

/** The same cell by cell, which takes little room for a plain table of millions of rows. @throws as readTable */
export function readCells(file: string): Cells {
  const bytes = readBytes(file);
  return plainCells(file, bytes) ?? cellsOf(parseTable(file, bytes));
}

/** The file where it is plain, read no further than its header; undefined for any other. @throws where it cannot be read */
export function readPlain(file: string): PlainTable | undefined {
  return plainTable(file, readBytes(file));
}

function readBytes(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(`${file}: cannot be read`, { cause });
  }
  try {
    return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new Error(`${file}: not a gzip file: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parseTable(file: string, text: Buffer): Table {
  let rows: string[][];
  try {
    const delimiter = delimiterOf(text);
    rows = parse(text, { bom: true, trim: true, skip_empty_lines: true, delimiter });
    if (delimiter === ";") rows = rows.map((row) => row.map(withPoint));
  } catch (cause) {
    throw new Error(`${file}: not a CSV table: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const [columns] = rows;
  const body = rows.slice(1);
  if (!columns || body.length === 0) throw new Error(`${file}: expected a header and at least one row, got none`);
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw new Error(`${file}: column "${repeated}" appears twice`);
  return { file, columns, rows: body };
}

/** The separator that the header has most of: comma, semicolon or tab. */
function delimiterOf(text: Buffer): string {
  const end = text.indexOf("\n");
  const header = text.subarray(0, end < 0 ? undefined : end).toString("utf8");
  const count = (one: string) => header.split(one).length;
  return [";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best), ",");
}

/** Who separates by semicolons writes 12,5: the comma was taken. */
const withPoint = (cell: string): string => (/^-?\d+,\d+$/.test(cell) ? cell.replace(",", ".") : cell);

/** Index of a column. @throws Error listing the columns there are */
export function columnIndex(table: Table, name: string): number {
  const at = table.columns.indexOf(name);
  if (at < 0) throw new Error(`${table.file}: expected a column "${name}", got ${table.columns.join(", ")}`);
  return at;
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Epoch milliseconds of an ISO 8601 date or date-time (UTC when no offset is given); NaN for anything else. */
export function parseTime(text: string): number {
  if (!ISO.test(text)) return Number.NaN;
  const day = text.slice(0, 10);
  const clock = text.slice(11);
  if (clock === "") {
    const time = Date.parse(`${day}T00:00:00Z`);
    // Date.parse turns 2023-02-30 into March; a date that is not one must not pass.
    return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === day ? time : Number.NaN;
  }
  const full = /^\d{2}$/.test(clock) ? `${clock}:00` : clock;
  return Date.parse(`${day}T${full}${/(?:Z|[+-]\d{2}:?\d{2})$/.test(full) ? "" : "Z"}`);
}

/** The time column: the named one, else the first in which every value is an ISO date. */
export function timeColumn(table: Table, name: string | undefined): number {
  if (name !== undefined) return columnIndex(table, name);
  const at = table.columns.findIndex((_, i) =>
    table.rows.slice(0, 200).every((row) => !Number.isNaN(parseTime(row[i] ?? ""))),
  );
  if (at < 0)
    throw new Error(
      `${table.file}: expected a column of ISO dates such as 2024-01-31, or one named with --time; row 2 has ${table.columns
        .map((column, i) => `${column} "${table.rows[0]?.[i]}"`)
        .join(", ")}`,
    );
  return at;
}
