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

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly process: string;
  readonly next: number;
  readonly at: number;
}

/** Asks the store how far everybody is. */
export async function readKnown(store: Store): Promise<Known> {
  const rows = await store.query<Row>(
    `SELECT process, topic, partition, toFloat64(next_offset) AS next, toFloat64(toUnixTimestamp64Milli(watermark)) AS at
     FROM progress FINAL
     UNION ALL
     SELECT process, '', 0, 0, toFloat64(toUnixTimestamp64Milli(at)) FROM cursors FINAL`,
  );
  const cursors = new Map(rows.filter(({ topic }) => topic === "").map(({ process, at }) => [process, at]));
  const places = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, row]));
  return {
    frontier: (topics) => {
      let low = Number.POSITIVE_INFINITY;
      for (const [topic, partitions] of Object.entries(topics)) {
        for (let partition = 0; partition < partitions; partition++) {
          low = Math.min(low, places.get(`${topic}/${partition}`)?.at || Number.NEGATIVE_INFINITY);
        }
      }
      return low;
    },
    cursor: (process) => cursors.get(process) ?? 0,
    next: (topic, partition) => places.get(`${topic}/${partition}`)?.next ?? 0,
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

/** Where a process that reads tables goes on, ms, and the state it kept there; 0 and "" before its first step. */
export async function cursorOf(store: Store, process: string): Promise<{ at: number; state: string }> {
  const rows = await store.query<{ at: number; state: string }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(at)) AS at, state FROM cursors FINAL WHERE process = {process:String}`,
    { process },
  );
  return rows[0] ?? { at: 0, state: "" };
}
