import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";

export type Table = { readonly file: string; readonly columns: readonly string[]; readonly rows: readonly string[][] };

/** A CSV (or .csv.gz) file with a header as strings. @throws Error naming the file and what is wrong with it */
export function readTable(file: string): Table {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(`${file}: cannot be read`, { cause });
  }
  let rows: string[][];
  try {
    rows = parse(file.endsWith(".gz") ? gunzipSync(bytes) : bytes, { bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    throw new Error(`${file}: not a CSV table: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const [columns, ...body] = rows;
  if (!columns || body.length === 0) throw new Error(`${file}: expected a header and at least one row, got none`);
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw new Error(`${file}: column "${repeated}" appears twice`);
  return { file, columns, rows: body };
}

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
      `${table.file}: no column of ISO dates found among ${table.columns.join(", ")}; name it with --time`,
    );
  return at;
}
