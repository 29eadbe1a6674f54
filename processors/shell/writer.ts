import type { Store } from "../../infra/store/port.ts";
import type { Out } from "./machine.ts";

/** What one batch of one partition leaves behind. */
export interface Rows {
  readonly out: Out;
  readonly tables: ReadonlyMap<string, readonly object[]>;
}

export interface Writer {
  /** Resolves when the rows are stored, and after them the `progress` row that says so. */
  write(rows: Rows, progress: object): Promise<void>;
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

export async function writeRows(store: Store, rows: Rows): Promise<void> {
  for (const [table, list] of rows.tables) await store.insert(table, list);
}

/**
 * Group commit: while one write is under way, the batches of other partitions gather and go together in the next.
 * An insert costs the store about the same for ten rows as for ten thousand.
 */
export function createWriter(store: Store): Writer {
  interface Waiting {
    readonly rows: Rows;
    readonly progress: object;
    resolve(): void;
    reject(error: unknown): void;
  }
  let waiting: Waiting[] = [];
  let busy = false;

  async function drain(): Promise<void> {
    busy = true;
    // Those who ask in this turn of the loop go together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const tables = new Map<string, (readonly object[])[]>();
      for (const { rows } of group)
        for (const [table, list] of rows.tables) tables.set(table, [...(tables.get(table) ?? []), list]);
      try {
        for (const [table, lists] of tables)
          await store.insert(table, lists.length === 1 ? (lists[0] ?? []) : lists.flat());
        await store.insert(
          "progress",
          group.map(({ progress }) => progress),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    busy = false;
  }

  return {
    write(rows, progress) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ rows, progress, resolve, reject });
        if (!busy) void drain();
      });
    },
  };
}
