import { setTimeout as sleep } from "node:timers/promises";
import { watermarkEntries } from "../ingest/watermarks.ts";
import type { Log } from "./log/port.ts";

export interface IdleWatch {
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Told of an attempt that failed, such as on a full disk. */
type OnFailure = (error: unknown) => void;

/**
 * Lets event time follow the wall clock in partitions that nobody writes to: a watermark in the log itself, so that
 * whoever reads the log again sees time pass as it did. An event may then be `after` ms behind and still be in order.
 * While the log does not take them, event time stands still and it tries again: like every source, it outlives that.
 * @param after  ms without a new record before a partition counts as idle
 */
export function watchIdle(
  log: Log,
  topics: readonly string[],
  after: number,
  clock: () => number,
  onFailure: OnFailure,
): IdleWatch {
  const ending = new AbortController();
  const seen = new Map<string, { end: number; since: number }>();

  async function look(topic: string): Promise<void> {
    const ends = await log.ends(topic);
    const now = clock();
    const idle: number[] = [];
    ends.forEach((end, partition) => {
      const key = `${topic}/${partition}`;
      const known = seen.get(key);
      if (!known || known.end !== end) seen.set(key, { end, since: now });
      else if (now - known.since >= after) idle.push(partition);
    });
    if (idle.length === 0) return;
    const entries = watermarkEntries(ends.length, now - after).filter(({ partition = 0 }) => idle.includes(partition));
    await log.append(topic, entries);
    // Our own records are no activity.
    for (const partition of idle)
      seen.set(`${topic}/${partition}`, { end: (ends[partition] ?? 0) + 1, since: now - after });
  }

  async function loop(): Promise<void> {
    while (!ending.signal.aborted) {
      for (const topic of topics) await look(topic).catch(onFailure);
      await sleep(Math.max(200, after / 3), undefined, { signal: ending.signal }).catch(() => {});
    }
  }

  const done = loop();
  return {
    done,
    async stop() {
      ending.abort();
      await done;
    },
  };
}
