import type { Batch, Consumer, Entry, Hold, Log, LogRecord, TopicPartition } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { encodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import type { Reject } from "../../ingest/contracts/outcome.ts";
import { type EventOf, MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";
import { type Stream, TOPICS } from "../../ingest/contracts/topics.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { Machine } from "./machine.ts";
import { createPartition, type Partition, type Position } from "./partition.ts";
import type { Writer } from "./writer.ts";

/** Records that are folded in one go, which holds everybody else up for some ten milliseconds. */
const AT_A_TIME = 4000;

/** What every process is given: its `main.ts` builds nothing itself. */
export interface Wiring {
  readonly log: Log;
  readonly store: Store;
  /** Shared by the processes of an instance, so that their writes go together. */
  readonly writer: Writer;
  /** Names the policy in force in everything that is decided by it. */
  readonly policyVersion: string;
  /** How much earlier than the latest event another may still come in order, ms. */
  readonly disorder: number;
  /** A checkpoint at most this often per partition, in ms of `clock`: it costs time, and saves it after a crash. */
  readonly checkpointEvery: number;
  readonly clock: () => number;
  readonly onBatch: (tally: Tally) => void;
}

export interface StreamShell<S extends Stream> extends Wiring {
  readonly process: string;
  readonly stream: S;
  readonly createMachine: () => Machine<EventOf[S]>;
  /** What time has to wait for at certain moments; nothing when left out. */
  readonly gate?: Gate | undefined;
}

/** Something learned elsewhere that is needed from a moment of event time on. */
export interface Gate {
  /** Reads what there is: state that was saved may rest on it. */
  load(): Promise<void>;
  /** The first moment up to `to`, ms, for which what is needed has not been read yet. */
  next(to: number): number | undefined;
  /** Resolves when `next(moment)` is undefined. */
  pass(moment: number): Promise<void>;
}

/** What one batch did, for logs and metrics. */
export interface Tally extends TopicPartition {
  readonly process: string;
  readonly records: number;
  readonly rejected: number;
  readonly late: number;
  readonly open: number;
  readonly behind: number;
  /** Next offset to be read, and when the log took the last one that was, ms. */
  readonly next: number;
  readonly appendedAt: number;
  readonly watermark: number;
  /** The rest of the batch waits for something learned. */
  readonly held?: boolean;
}

interface Owned<S extends Stream> {
  readonly machine: Machine<EventOf[S]>;
  readonly partition: Partition;
  /** Of the latest checkpoint that is known to be whole. */
  slot: number | undefined;
  savedAt: number;
  savedOffset: number;
  /** The write under way, while the next batch is folded. It never rejects. */
  storing: Promise<void> | undefined;
  /** The checkpoint under way, while the partition's batches go on. It never rejects. */
  saving: Promise<void> | undefined;
  /** Why a write or a checkpoint failed: nothing more is written of this partition. */
  failure: { readonly error: unknown } | undefined;
}

/** The state at one moment: after the last record folded so far, however little of that is stored. */
interface Cut {
  readonly position: Position;
  readonly blocks: Iterable<Uint8Array>;
}

/**
 * Reads, folds, stores, then commits: at-least-once, so every write is idempotent.
 * It catches nothing: an unknown error ends the process, and the restart resumes after the last checkpoint.
 */
export async function runStream<S extends Stream>(shell: StreamShell<S>): Promise<Consumer> {
  const { process, stream, log, store } = shell;
  const topic = TOPICS[stream];
  const owned = new Map<number, Owned<S>>();

  async function take(partition: number) {
    // Saved timers may rest on what was learned.
    await shell.gate?.load();
    const checkpoint = await loadCheckpoint(store, { process, topic, partition }, shell.createMachine);
    const machine = checkpoint?.machine ?? shell.createMachine();
    const from = checkpoint && { from: checkpoint.position };
    const offset = checkpoint?.position.nextOffset ?? 0;
    owned.set(partition, {
      machine,
      partition: createPartition({
        stream,
        partition,
        machine,
        disorder: shell.disorder,
        gate: shell.gate?.next,
        ...from,
      }),
      slot: checkpoint?.slot,
      savedAt: shell.clock(),
      savedOffset: offset,
      storing: undefined,
      saving: undefined,
      failure: undefined,
    });
    return { topic, partition, offset };
  }

  function cutOf(state: Owned<S>): Cut {
    return { position: { ...state.partition.position }, blocks: state.machine.save() };
  }

  async function checkpoint(partition: number, state: Owned<S>, { position, blocks }: Cut): Promise<void> {
    const slot = await saveCheckpoint(store, { process, topic, partition }, state.slot, position, blocks);
    if (slot === undefined) return;
    state.slot = slot;
    state.savedOffset = position.nextOffset;
    await consumer?.commit([{ topic, partition, offset: position.nextOffset }]);
  }

  /** The consumer ends even when no further batch comes to be refused: giving its partitions back says why. */
  function fail(state: Owned<S>, error: unknown): void {
    state.failure ??= { error };
    void consumer?.stop().catch(() => undefined);
  }

  function beginCheckpoint(partition: number, state: Owned<S>, cut: Cut): void {
    state.savedAt = shell.clock();
    // What is saved rests on rows that may be on their way yet.
    state.saving = Promise.resolve(state.storing)
      .then(() => (state.failure ? undefined : checkpoint(partition, state, cut)))
      .catch((error: unknown) => fail(state, error))
      .finally(() => {
        state.saving = undefined;
      });
  }

  const throwFailure = ({ failure }: Owned<S>): void => {
    if (failure) throw failure.error;
  };

  /** Folds the batch while the one before it is stored: one write at a time, so `progress` tells of stored rows alone. */
  async function onBatch({ partition, records, end }: Batch): Promise<Hold | undefined> {
    const state = owned.get(partition);
    if (!state) throw new Error(`expected ${topic}/${partition} to be assigned before its first batch`);
    throwFailure(state);
    const rows = shell.writer.collect();
    const letters: Entry[] = [];
    const { rejected, late } = state.partition.position;
    const refuse = (refused: LogRecord, why: Reject) => letters.push(letterOf(stream, partition, refused, why));
    const held = records.find((record) => state.partition.feed(record, rows.out, refuse));
    const { position } = state.partition;
    const open = state.machine.open();
    const progress = progressRow(process, topic, partition, position, open);
    const tally: Tally = {
      process,
      topic,
      partition,
      records: held ? records.indexOf(held) : records.length,
      rejected: position.rejected - rejected,
      late: position.late - late,
      open,
      behind: Math.max(0, end - position.nextOffset),
      next: position.nextOffset,
      appendedAt: records.at(-1)?.appendedAt ?? 0,
      watermark: position.watermark,
      held: held !== undefined,
    };
    const isTime = !state.saving && shell.clock() - state.savedAt >= shell.checkpointEvery;
    const cut = isTime ? cutOf(state) : undefined;
    if (letters.length > 0) await log.append(TOPICS.deadLetters, letters);
    await state.storing;
    throwFailure(state);
    state.storing = shell.writer
      .write(rows, progress, held ? undefined : tally)
      .then(() => shell.onBatch(tally))
      .catch((error: unknown) => fail(state, error));
    if (cut) beginCheckpoint(partition, state, cut);
    if (!held || !shell.gate) return undefined;
    const { watermark } = position;
    await state.storing;
    throwFailure(state);
    // What is written says that time has come as far as the gate: others may have waited for just that.
    return { next: held.offset, until: shell.gate.pass(watermark) };
  }

  let consumer: Consumer | undefined;
  consumer = await log.consume({
    group: `tocsin-${process}`,
    topics: [topic],
    maxRecords: AT_A_TIME,
    assigned: (partitions) => Promise.all(partitions.map(({ partition }) => take(partition))),
    async revoked(partitions) {
      const states = partitions.map(({ partition }) => ({ partition, state: owned.get(partition) }));
      for (const { state } of states) {
        await state?.storing;
        await state?.saving;
        if (state) throwFailure(state);
      }
      for (const { partition, state } of states) {
        if (state && state.partition.position.nextOffset > state.savedOffset)
          await checkpoint(partition, state, cutOf(state));
        owned.delete(partition);
      }
    },
    onBatch,
  });
  return consumer;
}

export function progressRow(
  process: string,
  topic: string,
  partition: number,
  position: Partition["position"],
  open: number,
): object {
  return {
    process,
    topic,
    partition,
    next_offset: position.nextOffset,
    watermark: Math.max(0, position.watermark),
    received: position.received,
    rejected: position.rejected,
    late: position.late,
    open,
  };
}

function letterOf(stream: Stream, partition: number, record: LogRecord, { reason, detail }: Reject): Entry {
  const { letterId, value } = encodeDeadLetter({
    origin: "log",
    stream,
    source: `${TOPICS[stream]}/${partition}`,
    position: record.offset,
    reason,
    detail,
    // What is too large for us would, in base64, be too large for the log: its letter keeps the beginning.
    bytes: record.value.subarray(0, MAX_RECORD_BYTES),
    receivedAt: record.appendedAt,
  });
  return { key: letterId, value };
}
