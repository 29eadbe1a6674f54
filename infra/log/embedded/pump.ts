import type { Batch, ConsumeOptions, LogRecord, TopicPartition } from "../port.ts";
import type { PartitionLog } from "./partition-log.ts";
import { openReader } from "./reader.ts";

/** Hands the batches of one partition to a consumer, one at a time. */
export interface Pump {
  /** Rejects with what the consumer or the reading threw; resolves after `stop`. */
  readonly done: Promise<void>;
  /** Resolves when the batch in hand has ended. */
  stop(): Promise<void>;
}

/** @throws RangeError when `from` lies outside of the log */
export function startPump(
  log: PartitionLog,
  { topic, partition }: TopicPartition,
  from: number,
  maxRecords: number,
  onBatch: ConsumeOptions["onBatch"],
): Pump {
  if (!Number.isSafeInteger(from) || from < 0 || from > log.end()) {
    throw new RangeError(`${topic}/${partition}: expected to read on at 0..${log.end()}, got ${from}`);
  }
  let stopped = false;
  let wake: () => void = () => undefined;
  let resolveStopping: () => void = () => undefined;
  const stopping = new Promise<void>((resolve) => {
    resolveStopping = resolve;
  });

  async function run(): Promise<void> {
    const reader = openReader(log, from);
    let position = from;
    try {
      while (!stopped) {
        const records = await reader.next(maxRecords);
        if (stopped) return;
        if (records.length === 0) await growth(position);
        else await handOut(records);
        position += records.length;
      }
    } finally {
      await reader.close();
    }
  }

  async function handOut(records: readonly LogRecord[]): Promise<void> {
    let rest = records;
    while (rest.length > 0 && !stopped) {
      const batch: Batch = { topic, partition, records: rest, end: log.end() };
      const hold = await onBatch(batch);
      if (!hold) return;
      await Promise.race([hold.until, stopping]);
      rest = rest.filter(({ offset }) => offset >= hold.next);
    }
  }

  function growth(position: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = log.onGrowth(resolve);
      wake = () => {
        callOff();
        resolve();
      };
      // It may have grown, or been stopped, since the reader looked.
      if (stopped || log.end() > position) wake();
    });
  }

  const done = run();
  const ended = done.catch(() => undefined);
  return {
    done,
    stop() {
      stopped = true;
      resolveStopping();
      wake();
      return ended;
    },
  };
}
