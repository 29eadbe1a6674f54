import { type Column, createRowCoder, headOf, type RowCoder } from "./binary.ts";
import { Bytes } from "./bytes.ts";
import type { ChunkLimits } from "./chunks.ts";
import type { Sheet } from "./port.ts";

/** Rows in their order: as bytes behind the head of their coder, or as they are. */
type Stretch =
  | { readonly coder: RowCoder; readonly bytes: Bytes; rows: number }
  | { readonly coder: undefined; readonly list: object[] };

/** What is written together: one insert. */
export type Load =
  | { readonly head: Buffer; readonly bodies: readonly Buffer[] }
  | { readonly head: undefined; readonly list: readonly object[] };

/** Buffers are kept for the next sheets: new memory costs more than what is written into it. */
const SPARE_BYTES = 8 << 20;

interface Known {
  readonly columns: readonly Column[];
  /** Of the fields that the first row had. */
  coder?: RowCoder | undefined;
}

interface Sheets {
  open(table: string): Sheet;
  /** The rows of sheets in their order, in inserts within the limits. */
  loads(sheets: readonly Sheet[], limits: ChunkLimits): Load[];
  /** Takes the memory of sheets that are stored; nobody may look at them again. */
  free(sheets: readonly Sheet[]): void;
}

/**
 * Encodes rows as they come: of a row that is plainly what its columns take nothing is kept but bytes.
 * @param columnsOf  columns of a table; until they are known rows are kept as they are
 */
export function createSheets(columnsOf: (table: string) => Promise<readonly Column[]>, limits: ChunkLimits): Sheets {
  const tables = new Map<string, Known | undefined>();
  const stretches = new WeakMap<Sheet, Stretch[]>();
  const heads = new WeakMap<RowCoder, Buffer>();
  const spare: Bytes[] = [];
  let spareBytes = 0;

  function look(table: string): void {
    tables.set(table, undefined);
    columnsOf(table).then(
      (columns) => tables.set(table, { columns }),
      // Asked again with the next sheet; an insert says what is wrong.
      () => tables.delete(table),
    );
  }

  function blank(): Bytes {
    const bytes = spare.pop();
    if (bytes === undefined) return new Bytes();
    spareBytes -= bytes.capacity;
    bytes.length = 0;
    return bytes;
  }

  function coderOf(known: Known | undefined, row: object): RowCoder | undefined {
    if (known === undefined) return undefined;
    if (!("coder" in known)) known.coder = createRowCoder(known.columns, row);
    return known.coder;
  }

  return {
    open(table) {
      if (!tables.has(table)) look(table);
      const all: Stretch[] = [];
      let last: Stretch | undefined;
      const begin = (stretch: Stretch): Stretch => {
        all.push(stretch);
        last = stretch;
        return stretch;
      };
      const sheet = {
        rows: 0,
        add(row: object) {
          sheet.rows++;
          if (last?.coder && last.bytes.length < limits.chars && last.coder.append(row, last.bytes)) {
            last.rows++;
            return;
          }
          const coder = coderOf(tables.get(table), row);
          const bytes = coder && blank();
          if (coder && bytes && coder.append(row, bytes)) begin({ coder, bytes, rows: 1 });
          else if (last && last.coder === undefined) last.list.push(row);
          else begin({ coder: undefined, list: [row] });
        },
      };
      stretches.set(sheet, all);
      return sheet;
    },

    loads(sheets, most) {
      const loads: Load[] = [];
      let [coder, bodies, rows, size] = [undefined as RowCoder | undefined, [] as Buffer[], 0, 0];
      const end = () => {
        if (coder) loads.push({ head: heads.get(coder) as Buffer, bodies });
        [coder, bodies, rows, size] = [undefined, [], 0, 0];
      };
      for (const sheet of sheets) {
        for (const stretch of stretches.get(sheet) ?? []) {
          if (stretch.coder === undefined) {
            end();
            loads.push({ head: undefined, list: stretch.list });
            continue;
          }
          const full = rows + stretch.rows > most.rows || size + stretch.bytes.length > most.chars;
          if (stretch.coder !== coder || full) end();
          coder = stretch.coder;
          if (!heads.has(coder)) heads.set(coder, headOf(coder));
          bodies.push(stretch.bytes.written());
          rows += stretch.rows;
          size += stretch.bytes.length;
        }
      }
      end();
      return loads;
    },

    free(sheets) {
      for (const sheet of sheets) {
        for (const stretch of stretches.get(sheet) ?? []) {
          if (stretch.coder === undefined || spareBytes + stretch.bytes.capacity > SPARE_BYTES) continue;
          spareBytes += stretch.bytes.capacity;
          spare.push(stretch.bytes);
        }
        stretches.delete(sheet);
      }
    },
  };
}
