import type { Store } from "../../infra/store/port.ts";

/** How far everybody is. It may be a moment old: never ahead of the truth, and so safe to act on. */
export interface Known {
  /**
   * How far in event time everything is known: the lowest watermark of all partitions.
   * @param topics  partitions by topic; one that was never heard of holds the frontier at -Infinity
   * @returns ms; rows known before it are all stored and final
   */
  frontier(topics: Readonly<Record<string, number>>): number;
  /** How far a process that reads tables is, ms; 0 before its first step. */
  cursor(process: string): number;
  /** The first offset of a partition that is not worked through. */
  next(topic: string, partition: number): number;
}

/** What is written of it. */
interface ProgressRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: number;
  readonly watermark: number;
}
interface CursorRow {
  readonly process: string;
  readonly at: number;
}

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly process: string;
  readonly next: number;
  readonly at: number;
}

/** Asks the store how far everybody is. */
export async function readKnown(store: Store): Promise<Known> {
  return knownBy(await readMaps(store));
}

interface Maps {
  readonly cursors: Map<string, number>;
  readonly places: Map<string, Pick<Row, "next" | "at">>;
}

async function readMaps(store: Store): Promise<Maps> {
  const rows = await store.query<Row>(
    `SELECT process, topic, partition, toFloat64(next_offset) AS next, toFloat64(toUnixTimestamp64Milli(watermark)) AS at
     FROM progress FINAL
     UNION ALL
     SELECT process, '', 0, 0, toFloat64(toUnixTimestamp64Milli(at)) FROM cursors FINAL`,
  );
  const cursors = new Map(rows.filter(({ topic }) => topic === "").map(({ process, at }) => [process, at]));
  const places = new Map(rows.map((row) => [placeOf(row.topic, row.partition), row]));
  return { cursors, places };
}

const placeOf = (topic: string, partition: number) => `${topic}/${partition}`;

/** Says what the maps say when it is asked. */
function knownBy({ cursors, places }: Maps): Known {
  return {
    frontier: (topics) => {
      let low = Number.POSITIVE_INFINITY;
      for (const [topic, partitions] of Object.entries(topics)) {
        for (let partition = 0; partition < partitions; partition++) {
          low = Math.min(low, places.get(placeOf(topic, partition))?.at || Number.NEGATIVE_INFINITY);
        }
      }
      return low;
    },
    cursor: (process) => cursors.get(process) ?? 0,
    next: (topic, partition) => places.get(placeOf(topic, partition))?.next ?? 0,
  };
}

/**
 * For many who ask all the time: one question to the store is under way, and all who ask meanwhile share the next one,
 * which sees everything that was stored when they asked.
 */
export function createLookout(store: Store): () => Promise<Known> {
  let running: Promise<Known> | undefined;
  let next: Promise<Known> | undefined;

  async function ask(before: Promise<Known> | undefined): Promise<Known> {
    await before?.catch(() => undefined);
    running = next;
    next = undefined;
    return readKnown(store);
  }
  return () => {
    next ??= ask(running);
    return next;
  };
}

/**
 * For a process that nobody shares the log with, so that it alone moves anything: how far everybody is, as it was
 * written through `store`. Nothing is asked after the start.
 */
export async function keepKnown(inner: Store): Promise<{ readonly store: Store; readonly known: Known }> {
  const maps = await readMaps(inner);
  const { cursors, places } = maps;
  const told: Readonly<Record<string, (row: object) => void>> = {
    progress(row) {
      const { topic, partition, next_offset: next, watermark: at } = row as ProgressRow;
      const place = placeOf(topic, partition);
      if (next >= (places.get(place)?.next ?? 0)) places.set(place, { next, at });
    },
    cursors(row) {
      const { process, at } = row as CursorRow;
      if (at >= (cursors.get(process) ?? 0)) cursors.set(process, at);
    },
  };
  const insert: Store["insert"] = async (table, rows) => {
    await inner.insert(table, rows);
    const tell = told[table];
    if (tell) for (const row of rows) tell(row);
  };
  return { store: { ...inner, insert }, known: knownBy(maps) };
}

/** Where a process that reads tables goes on, ms, and the state it kept there; 0 and "" before its first step. */
export async function cursorOf(store: Store, process: string): Promise<{ at: number; state: string }> {
  const rows = await store.query<{ at: number; state: string }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(at)) AS at, state FROM cursors FINAL WHERE process = {process:String}`,
    { process },
  );
  return rows[0] ?? { at: 0, state: "" };
}
