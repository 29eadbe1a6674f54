/** The event log: partitioned, ordered, durable. Kafka and the embedded log keep the same contract suite. */

export interface LogRecord {
  readonly offset: number;
  /** When the log took the record, in ms: part of the record, the same on every reading. */
  readonly appendedAt: number;
  readonly key: string | null;
  readonly value: Buffer;
}

export interface Entry {
  readonly key: string | null;
  readonly value: Buffer;
  /** Set for records that belong to a partition and not to a key, such as watermarks. */
  readonly partition?: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface Position extends TopicPartition {
  readonly offset: number;
}

export interface Batch extends TopicPartition {
  /** In offset order; never empty. */
  readonly records: readonly LogRecord[];
  /** The next offset to be written to this partition, as far as known: what is left to read is `end - last - 1`. */
  readonly end: number;
}

export interface Consumer {
  /** Rejects when the consumer died and cannot go on; resolves after `stop`. */
  readonly done: Promise<void>;
  /** Tells the broker what is stored (next offsets to read), for lag tools: where to read on is what `assigned` says. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Lets the batch in hand end, commits, leaves the group. */
  stop(): Promise<void>;
}

/** The rest of a batch has to wait: it is handed out again, from `next` on, once `until` resolves. */
export interface Hold {
  readonly next: number;
  readonly until: Promise<void>;
}

export interface ConsumeOptions {
  /** Instances with the same group share the partitions of the topics between them. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Called when partitions are given to this instance: where to read on, by partition; what is left out starts at 0. */
  readonly assigned: (partitions: readonly TopicPartition[]) => Promise<readonly Position[]>;
  /** Called when partitions are taken away, before somebody else gets them where the broker allows. */
  readonly revoked: (partitions: readonly TopicPartition[]) => Promise<void>;
  /**
   * One call at a time per partition, in offset order. When it resolves the batch is done with, or held: other
   * partitions go on meanwhile, and whoever stops does not wait for it. When it rejects the consumer dies.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most never hold, and say nothing
  readonly onBatch: (batch: Batch) => Promise<Hold | undefined | void>;
  /** Most records in a batch. Default 5000. */
  readonly maxRecords?: number;
}

export interface Log {
  /** Creates the topics that are missing. Refuses when one exists with another number of partitions. */
  ensure(topics: Readonly<Record<string, number>>): Promise<void>;
  partitions(topic: string): Promise<number>;
  /** Resolves when all entries are durable, in the order given; on rejection some may be in the log. */
  append(topic: string, entries: readonly Entry[]): Promise<readonly Position[]>;
  /** Next offset to be written, by partition. */
  ends(topic: string): Promise<readonly number[]>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  close(): Promise<void>;
}
