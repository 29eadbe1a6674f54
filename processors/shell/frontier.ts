import type { Store } from "../../infra/store/port.ts";

/**
 * How far in event time everything is known: the lowest watermark of all partitions.
 * @param topics  partitions by topic; one that was never heard of holds the frontier at -Infinity
 * @returns ms; rows known before it are all stored and final
 */
export async function frontierOf(store: Store, topics: Readonly<Record<string, number>>): Promise<number> {
  const rows = await store.query<{ topic: string; partitions: number; low: number }>(
    `SELECT topic, toUInt32(count()) AS partitions, toFloat64(toUnixTimestamp64Milli(min(watermark))) AS low
     FROM progress FINAL WHERE topic IN {topics:Array(String)} AND watermark > fromUnixTimestamp64Milli(0)
     GROUP BY topic`,
    { topics: Object.keys(topics) },
  );
  const low = new Map(rows.map((row) => [row.topic, row]));
  return Math.min(
    ...Object.entries(topics).map(([topic, partitions]) => {
      const row = low.get(topic);
      return row && row.partitions >= partitions ? row.low : Number.NEGATIVE_INFINITY;
    }),
  );
}

/** How far a process that reads tables is, ms; 0 before its first step. */
export async function cursorOf(store: Store, process: string): Promise<{ at: number; state: string }> {
  const rows = await store.query<{ at: number; state: string }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(at)) AS at, state FROM cursors FINAL WHERE process = {process:String}`,
    { process },
  );
  return rows[0] ?? { at: 0, state: "" };
}
