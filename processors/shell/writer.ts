import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
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
  /**
   * Resolves when the rows are stored, and after them the `progress` row that says so.
   * @param backlog  left out where somebody waits for just this
   */
  write(rows: Rows<List>, progress: object, backlog?: Backlog): Promise<void>;
}

/** Records of one batch, and of those that wait behind it in its partition. */
export interface Backlog {
  readonly records: number;
  readonly behind: number;
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

export interface Gathering {
  /** Records that are worth an insert of their own. Parts of fewer rows are merged once more, at the price of an insert. */
  readonly worth: number;
  /** Who is behind by a batch comes again soon; when nobody did for so long, ms, nobody can before something is stored. */
  readonly quietMs: number;
  readonly mostMs: number;
}
const GATHERING: Gathering = { worth: 24_000, quietMs: 20, mostMs: 1000 };
/** So often it is looked who came, ms. */
const LOOK_MS = 5;

/**
 * Group commit: while one write is under way, the batches of other partitions gather and go together in the next.
 * An insert costs the store about the same for ten rows as for ten thousand. Those of partitions that are behind wait
 * for one another, those of the present for nobody.
 * @param clearUp  called once in every slow write: what waits with it grows old, and would be collected late
 */
export function createWriter(
  store: Store,
  clearUp: () => void = () => undefined,
  { worth, quietMs, mostMs }: Gathering = GATHERING,
): Writer {
  interface Waiting {
    readonly rows: Rows<List>;
    readonly progress: object;
    readonly backlog: Backlog | undefined;
    resolve(): void;
    reject(error: unknown): void;
  }
  const { sheets } = store;
  let waiting: Waiting[] = [];
  let busy = false;
  /** When somebody last asked, ms. */
  let askedAt = 0;

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

  const isBehind = ({ backlog }: Waiting) => backlog !== undefined && backlog.behind >= Math.max(1, backlog.records);

  /** Waits for those who are behind, while they come: every part the store is given is merged with others later. */
  async function gather(): Promise<void> {
    const until = performance.now() + mostMs;
    for (;;) {
      const now = performance.now();
      if (now >= until || now - askedAt >= quietMs || !waiting.every(isBehind)) return;
      if (waiting.reduce((sum, { backlog }) => sum + (backlog?.records ?? 0), 0) >= worth) return;
      await sleep(LOOK_MS);
    }
  }

  async function drain(): Promise<void> {
    busy = true;
    // Those who ask in this turn of the loop go together, and those whose write has just ended.
    await turn();
    while (waiting.length > 0) {
      await gather();
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
    write(rows, progress, backlog) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ rows, progress, backlog, resolve, reject });
        askedAt = performance.now();
        if (!busy) void drain();
      });
    },
  };
}
