import { Bytes } from "./bytes.ts";
import type { ChunkLimits } from "./chunks.ts";

/** Writes one value, or says false where only the text of the value can say what it means. */
type Encoder = (value: unknown, to: Bytes) => boolean;

export interface Column {
  readonly name: string;
  /** ClickHouse's name of it, such as `Nullable(DateTime64(3, 'UTC'))`. */
  readonly type: string;
}

export interface RowCoder {
  readonly columns: readonly Column[];
  /** Appends one row; false, and nothing appended, when a value or a field is not plainly what its column takes. */
  append(row: object, to: Bytes): boolean;
}

const whole =
  (least: number, most: number, write: (value: number, to: Bytes) => void): Encoder =>
  (value, to) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) return false;
    write(value, to);
    return true;
  };

const INTEGERS: Readonly<Record<string, Encoder>> = {
  UInt8: whole(0, 0xff, (value, to) => to.u8(value)),
  UInt16: whole(0, 0xffff, (value, to) => to.u16(value)),
  UInt32: whole(0, 0xffff_ffff, (value, to) => to.u32(value)),
  UInt64: whole(0, Number.MAX_SAFE_INTEGER, (value, to) => to.i64(value)),
  Int64: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, (value, to) => to.i64(value)),
};

const text: Encoder = (value, to) => {
  if (typeof value !== "string") return false;
  to.text(value);
  return true;
};

const float =
  (write: (value: number, to: Bytes) => void): Encoder =>
  (value, to) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return false;
    // As text there is no negative zero.
    write(value + 0, to);
    return true;
  };

const bool: Encoder = (value, to) => {
  if (typeof value !== "boolean") return false;
  to.u8(value ? 1 : 0);
  return true;
};

/** What ClickHouse makes of the digits of a number: those behind the last decimal are cut off. */
function decimal(scale: number): Encoder {
  const unit = 10 ** scale;
  return (value, to) => {
    if (typeof value !== "number" || !(Math.abs(value) < 1e13)) return false;
    let units = Math.round(value * unit);
    // More digits than the column has: rounding may have gone up, so the text decides.
    if (units / unit !== value) {
      const shown = String(value);
      if (shown.includes("e")) return false;
      const dot = shown.indexOf(".");
      units = Math.round(Number(shown.slice(0, dot + 1 + scale)) * unit);
    }
    // A negative zero has no place in an integer.
    to.i64(units + 0);
    return true;
  };
}

function nullable(inner: Encoder): Encoder {
  return (value, to) => {
    if (value === null) {
      to.u8(1);
      return true;
    }
    to.u8(0);
    return inner(value, to);
  };
}

function list(inner: Encoder): Encoder {
  return (value, to) => {
    if (!Array.isArray(value)) return false;
    to.size(value.length);
    return value.every((item) => inner(item, to));
  };
}

function enumeration(names: string): Encoder | undefined {
  const numbers = new Map(
    [...names.matchAll(/'(\w+)' = (\d+)/g)].map(([, name = "", number]) => [name, Number(number)]),
  );
  if ([...numbers].map(([name, number]) => `'${name}' = ${number}`).join(", ") !== names) return undefined;
  return (value, to) => {
    const number = typeof value === "string" ? numbers.get(value) : undefined;
    if (number === undefined) return false;
    to.u8(number);
    return true;
  };
}

/** The encoder of a type, or undefined for one that none of our tables has. */
function encoderOf(type: string): Encoder | undefined {
  const [, outer, inner = ""] = /^(Nullable|LowCardinality|Array|Enum8)\((.*)\)$/.exec(type) ?? [];
  if (outer === "Enum8") return enumeration(inner);
  if (outer !== undefined) {
    const encoder = encoderOf(inner);
    if (encoder === undefined || outer === "LowCardinality") return encoder;
    return outer === "Nullable" ? nullable(encoder) : list(encoder);
  }
  if (type === "String") return text;
  if (type === "Bool") return bool;
  if (type === "Float64") return float((value, to) => to.f64(value));
  if (type === "Float32") return float((value, to) => to.f32(value));
  // A DateTime64 takes whole units of its scale, and ours all have milliseconds.
  if (/^DateTime64\(3(, '[\w/]+')?\)$/.test(type)) return INTEGERS.Int64;
  const scale = /^Decimal\((?:1\d), (\d)\)$/.exec(type)?.[1];
  return scale === undefined ? INTEGERS[type] : decimal(Number(scale));
}

/**
 * Encodes rows with the fields of `sample` as RowBinary.
 * @param columns  of the table; those that rows do not have get their defaults
 * @returns undefined when a field has no column or a column's type no encoder: text has to do
 */
export function createRowCoder(columns: readonly Column[], sample: object): RowCoder | undefined {
  const known = new Map(columns.map((column) => [column.name, column]));
  const names = Object.keys(sample);
  const used: Column[] = [];
  const encoders: Encoder[] = [];
  for (const name of names) {
    const column = known.get(name);
    const encoder = column && encoderOf(column.type);
    if (encoder === undefined) return undefined;
    used.push(column as Column);
    encoders.push(encoder);
  }
  // What most columns are needs no call that is different for each of them.
  const forms = Uint8Array.from(used, ({ type }) => formOf(type));
  return {
    columns: used,
    append(row, to) {
      const start = to.length;
      let index = 0;
      for (const name in row) {
        const value = (row as Record<string, unknown>)[name];
        // Rows of one table have one order of fields; another one is the text's to sort out.
        let taken = names[index] === name;
        if (taken) {
          const form = forms[index];
          if (form === TEXT && typeof value === "string") to.text(value);
          else if (form === MAYBE && value === null) to.u8(1);
          else taken = (encoders[index] as Encoder)(value, to);
        }
        if (!taken) {
          to.length = start;
          return false;
        }
        index++;
      }
      if (index === names.length) return true;
      to.length = start;
      return false;
    },
  };
}

const OTHER = 0;
const TEXT = 1;
const MAYBE = 2;

function formOf(type: string): number {
  if (type === "String" || type === "LowCardinality(String)") return TEXT;
  return type.startsWith("Nullable(") ? MAYBE : OTHER;
}

/** Names and types of the columns, as RowBinaryWithNamesAndTypes begins: the server holds them against its table. */
export function headOf({ columns }: RowCoder): Buffer {
  const to = new Bytes();
  to.size(columns.length);
  for (const { name } of columns) to.text(name);
  for (const { type } of columns) to.text(type);
  return to.written();
}

/**
 * Rows as RowBinaryWithNamesAndTypes, in pieces within the limits.
 * @returns undefined when some row is not plainly what its columns take
 */
export function binaryChunks(rows: readonly object[], coder: RowCoder, limits: ChunkLimits): Buffer[][] | undefined {
  const head = headOf(coder);
  const chunks: Buffer[][] = [];
  let to = new Bytes();
  let count = 0;
  for (const row of rows) {
    if (count >= limits.rows || to.length >= limits.chars) {
      chunks.push([head, to.written()]);
      to = new Bytes();
      count = 0;
    }
    count++;
    if (!coder.append(row, to)) return undefined;
  }
  if (count > 0) chunks.push([head, to.written()]);
  return chunks;
}

/** Coders by table and fields. The columns of a table are asked for once: a server that has others by now refuses. */
export function createCoders(
  columnsOf: (table: string) => Promise<readonly Column[]>,
): (table: string, sample: object) => Promise<RowCoder | undefined> {
  const known = new Map<string, RowCoder | undefined>();
  return async (table, sample) => {
    const key = [table, ...Object.keys(sample)].join(" ");
    if (!known.has(key)) known.set(key, createRowCoder(await columnsOf(table), sample));
    return known.get(key);
  };
}
