import type {
  Batch,
  ConsumeOptions,
  Consumer,
  Log,
  LogRecord,
  Position,
  TopicPartition,
} from "../../infra/log/port.ts";

/** A consumer that keeps what it is given, and can be waited for. */
export interface Reading {
  readonly consumer: Consumer;
  readonly batches: readonly Batch[];
  readonly assignments: readonly (readonly TopicPartition[])[];
  readonly revocations: readonly (readonly TopicPartition[])[];
  records(partition?: number): LogRecord[];
  /** Resolves when the condition holds; it is looked at after every event. Rejects when the consumer dies. */
  until(condition: () => boolean): Promise<void>;
}

type Options = Partial<Omit<ConsumeOptions, "assigned">> &
  Pick<ConsumeOptions, "group" | "topics"> & { readonly from?: readonly Position[] };

export async function startReading(log: Log, options: Options): Promise<Reading> {
  const { from = [], onBatch, revoked, ...rest } = options;
  const batches: Batch[] = [];
  const assignments: (readonly TopicPartition[])[] = [];
  const revocations: (readonly TopicPartition[])[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of [...waiting]) check();
  };
  const consumer = await log.consume({
    ...rest,
    async assigned(partitions) {
      assignments.push(partitions);
      look();
      return from.filter((p) => partitions.some((a) => a.topic === p.topic && a.partition === p.partition));
    },
    async revoked(partitions) {
      await revoked?.(partitions);
      revocations.push(partitions);
      look();
    },
    async onBatch(batch) {
      await onBatch?.(batch);
      batches.push(batch);
      look();
    },
  });
  return {
    consumer,
    batches,
    assignments,
    revocations,
    records: (partition) =>
      batches.flatMap((batch) => (partition === undefined || batch.partition === partition ? batch.records : [])),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        consumer.done.catch(reject);
        check();
      }),
  };
}

/** A promise and what ends it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
