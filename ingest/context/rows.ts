import { parse } from "csv-parse/sync";
import { got, ProviderError } from "./event.ts";

/** One row of a file: its cells by their column's name in small letters, without blanks and underscores. */
export interface FileRow {
  /** For messages: file and line or, of JSON, which object. */
  readonly where: string;
  readonly cells: ReadonlyMap<string, unknown>;
}

export const plainName = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");

/** Rows of a list of JSON objects. @throws ProviderError */
export function jsonRows(list: readonly unknown[], source: string): FileRow[] {
  return list.map((value, i) => {
    const where = `${source}, object ${i + 1}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new ProviderError(`${where}: expected an object, got ${got(value)}`);
    }
    return { where, cells: new Map(Object.entries(value).map(([name, cell]) => [plainName(name), cell])) };
  });
}

/** Rows of a CSV with a header; separated by comma, semicolon or tab, with or without a byte order mark. @throws ProviderError */
export function csvRows(text: string, source: string): FileRow[] {
  const [head = ""] = text.split(/\r?\n/, 1);
  const delimiter = [",", ";", "\t"].reduce((best, one) => (count(head, one) > count(head, best) ? one : best), ",");
  let rows: { record: string[]; info: { lines: number } }[];
  try {
    rows = parse(text, { bom: true, trim: true, skip_empty_lines: true, delimiter, info: true }) as never;
  } catch (cause) {
    throw new ProviderError(`${source}: expected a CSV table: ${(cause as Error).message}`, { cause });
  }
  const [header, ...body] = rows;
  if (!header || body.length === 0)
    throw new ProviderError(`${source}: expected a header and rows, got ${rows.length} lines`);
  const names = header.record.map(plainName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ProviderError(`${source}: expected every column once, got "${twice}" twice`);
  return body.map(({ record, info }) => ({
    where: `${source}, line ${info.lines}`,
    cells: new Map(names.map((name, i) => [name, record[i]])),
  }));
}

const count = (text: string, what: string): number => text.split(what).length - 1;

/** Cells of a row, each read as what it has to be. All throw ProviderError with line and column. */
export function cellsOf({ where, cells }: FileRow, utcOffset: number) {
  const find = (names: readonly string[]): unknown => {
    const name = names.find((one) => cells.has(plainName(one)));
    const value = name === undefined ? undefined : cells.get(plainName(name));
    return value === "" || value === null ? undefined : value;
  };
  const wrong = (name: string, expected: string, value: unknown) =>
    new ProviderError(`${where}, ${name}: expected ${expected}, got ${got(value)}`);
  return {
    text(name: string, ...others: string[]): string | undefined {
      const value = find([name, ...others]);
      if (value === undefined || typeof value === "string") return value;
      if (typeof value === "number") return String(value);
      throw wrong(name, "text", value);
    },
    number(name: string, min: number, max: number, ...others: string[]): number | undefined {
      const value = find([name, ...others]);
      if (value === undefined) return undefined;
      const read = typeof value === "string" ? Number(value) : value;
      if (typeof read === "number" && read >= min && read <= max) return read;
      throw wrong(name, `a number from ${min} to ${max}`, value);
    },
    /** Of a CSV separated by | or ; */
    list(name: string, ...others: string[]): string[] | undefined {
      const value = find([name, ...others]);
      if (value === undefined) return undefined;
      const parts = typeof value === "string" ? value.split(/[|;]/) : value;
      if (!Array.isArray(parts)) throw wrong(name, "a list", value);
      const found = parts.map((part) => String(part).trim()).filter((part) => part !== "");
      return found.length > 0 ? found : undefined;
    },
    /** ms; without an offset on the clock of `utcOffset`. A date stands for its first moment or, `last`, for its end. */
    time(name: string, last: boolean, ...others: string[]): number | undefined {
      const value = find([name, ...others]);
      if (value === undefined) return undefined;
      const at = typeof value === "string" ? readTime(value, utcOffset, last) : Number.NaN;
      if (Number.isNaN(at)) throw wrong(name, "an ISO 8601 date or time", value);
      return at;
    },
    need<T>(name: string, value: T | undefined): T {
      if (value === undefined) throw wrong(name, "a value", undefined);
      return value;
    },
  };
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

function readTime(text: string, utcOffset: number, last: boolean): number {
  const [, date, hour, offset] = TIME.exec(text) ?? [];
  if (date === undefined) return Number.NaN;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse would take the 30th of February for a day in March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return Number.NaN;
  if (hour === undefined) return midnight - 3_600_000 * utcOffset + (last ? 86_400_000 : 0);
  return Date.parse(`${date}T${hour}${offset ?? "Z"}`) - (offset === undefined ? 3_600_000 * utcOffset : 0);
}
