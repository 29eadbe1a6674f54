import { setImmediate as turn } from "node:timers/promises";
import type { Sheet, Store } from "../../infra/store/port.ts";
import type { Out } from "./machine.ts";

/** What one batch of one partition leaves behind. */
export interface Rows<List = readonly object[]> {
  readonly out: Out;
  readonly tables: ReadonlyMap<string, List>;
}

/** Rows of one table: as they are, or encoded as they came. */
export type List = readonly object[] | Sheet;

export interface Writer {
  /** An empty collection for one `write`. */
  collect(): Rows<List>;
  /** Resolves when the rows are stored, and after them the `progress` row that says so. */
  write(rows: Rows<List>, progress: object): Promise<void>;
}

/** Collects rows by table. */
export function collectRows(): Rows {
  const tables = new Map<string, object[]>();
  return {
    tables,
    out(table, row) {
      const rows = tables.get(table);
      if (rows) rows.push(row);
      else tables.set(table, [row]);
    },
  };
}

function collectSheets(open: (table: string) => Sheet): Rows<Sheet> {
  const tables = new Map<string, Sheet>();
  return {
    tables,
    out(table, row) {
      let sheet = tables.get(table);
      if (sheet === undefined) {
        sheet = open(table);
        tables.set(table, sheet);
      }
      sheet.add(row);
    },
  };
}

export async function writeRows(store: Store, rows: Rows): Promise<void> {
  for (const [table, list] of rows.tables) await store.insert(table, list);
}

/** A write that takes longer than this, ms, leaves time to clear up. */
const SLOW_MS = 500;

/**
 * Group commit: while one write is under way, the batches of other partitions gather and go together in the next.
 * An insert costs the store about the same for ten rows as for ten thousand.
 * @param clearUp  called once in every slow write: what waits with it grows old, and would be collected late
 */
export function createWriter(store: Store, clearUp: () => void = () => undefined): Writer {
  interface Waiting {
    readonly rows: Rows<List>;
    readonly progress: object;
    resolve(): void;
    reject(error: unknown): void;
  }
  const { sheets } = store;
  let waiting: Waiting[] = [];
  let busy = false;

  async function insert(table: string, lists: readonly List[]): Promise<void> {
    const plain = lists.filter((list): list is readonly object[] => Array.isArray(list));
    const [first] = plain;
    if (first) await store.insert(table, plain.length === 1 ? first : plain.flat());
    if (plain.length < lists.length)
      await sheets?.insert(
        table,
        lists.filter((list): list is Sheet => "add" in list),
      );
  }

  async function drain(): Promise<void> {
    busy = true;
    // Those who ask in this turn of the loop go together, and those whose write has just ended.
    await turn();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const tables = new Map<string, List[]>();
      for (const { rows } of group) {
        for (const [table, list] of rows.tables) {
          const lists = tables.get(table);
          if (lists) lists.push(list);
          else tables.set(table, [list]);
        }
      }
      const timer = setTimeout(clearUp, SLOW_MS);
      try {
        for (const [table, lists] of tables) await insert(table, lists);
        await store.insert(
          "progress",
          group.map(({ progress }) => progress),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      } finally {
        clearTimeout(timer);
      }
      await turn();
    }
    busy = false;
  }

  return {
    collect: sheets ? () => collectSheets(sheets.open) : collectRows,
    write(rows, progress) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ rows, progress, resolve, reject });
        if (!busy) void drain();
      });
    },
  };
}
