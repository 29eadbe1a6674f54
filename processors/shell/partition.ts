import type { LogRecord } from "../../infra/log/port.ts";
import { type Reject, reject } from "../../ingest/contracts/outcome.ts";
import { type EventOf, readRecord } from "../../ingest/contracts/read.ts";
import type { Stream } from "../../ingest/contracts/topics.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";
import type { Machine, Out } from "./machine.ts";
import { Reorder } from "./reorder.ts";

/** The part of a partition's state that every stream process has. Counts are over the log, not over this life. */
export interface Position {
  nextOffset: number;
  /** ms; no event earlier than this is expected. -Infinity before the first record. */
  watermark: number;
  received: number;
  rejected: number;
  /** Events that came after the watermark had passed them. */
  late: number;
  /** Records that were read and wait for the watermark, where disorder is allowed. */
  readonly held?: readonly HeldRecord[];
}

interface HeldRecord {
  readonly offset: number;
  readonly appendedAt: number;
  /** Base64. */
  readonly value: string;
}

/** Told of a record that cannot be used, and why. */
type Refuse = (record: LogRecord, refusal: Reject) => void;

export interface Partition {
  readonly position: Readonly<Position>;
  /**
   * Folds one record. What it does depends on the records before it and on nothing else.
   * @returns true when it was not taken because time must not pass `gate` yet: time stands at the gate, and the record is
   *          to come again
   */
  feed(record: LogRecord, out: Out, refuse: Refuse): boolean;
}

export const START: Position = {
  nextOffset: 0,
  watermark: Number.NEGATIVE_INFINITY,
  received: 0,
  rejected: 0,
  late: 0,
};

/** One record may be bad; when so many in a row are, the fault is ours, and nothing more is put aside. */
const MOST_FAILURES = 100;

/**
 * @param disorder  how much earlier than the latest event another may still come in order, ms: events wait so long for
 *                  those before them, and any order of arrival within it gives the same rows. 0: none waits
 */
export function createPartition<S extends Stream>(options: {
  readonly stream: S;
  readonly partition: number;
  readonly machine: Machine<EventOf[S]>;
  readonly disorder: number;
  readonly from?: Position;
  /** The first event time up to `to`, ms, that must not be passed yet; undefined when nothing is in the way. */
  readonly gate?: ((to: number) => number | undefined) | undefined;
}): Partition {
  const { stream, partition, machine, disorder } = options;
  const reorder = new Reorder<EventOf[S]>();
  const { held = [], ...from }: Position = options.from ?? START;
  const position: Position = disorder === 0 && held.length === 0 ? from : withHeld(from, reorder);
  let failures = 0;
  const read = (record: LogRecord) => readRecord(stream, record.value, record.appendedAt);
  for (const { value, ...rest } of held) {
    const record = { ...rest, key: null, value: Buffer.from(value, "base64") };
    const event = read(record);
    if (event.kind === "ok") wait(event.value, record);
  }

  function wait(event: EventOf[S], record: LogRecord): void {
    reorder.add({ at: timeOf(event), event, name: `${event.eventId}\n${event.content}`, record });
  }

  /** Fires timers and takes waiting events in order of time, all strictly before `to`. */
  function advance(to: number, record: LogRecord, out: Out, refuse: Refuse): void {
    for (;;) {
      const due = machine.nextDue(to);
      const next = reorder.nextAt();
      if (Math.min(due, next) >= to) break;
      // An event at the deadline itself is in time.
      if (next > due) fire(due, record, out, refuse);
      else {
        const first = reorder.take();
        if (first === undefined) break;
        if (next > position.watermark) position.watermark = next;
        apply(first.event, first.at, first.record, out, refuse);
      }
    }
    if (to > position.watermark) position.watermark = to;
  }

  /** Whether time may not get to `to` yet. It gets as far as it may. */
  function heldAt(to: number, record: LogRecord, out: Out, refuse: Refuse): boolean {
    const boundary = options.gate?.(to);
    if (boundary === undefined) return false;
    advance(boundary, record, out, refuse);
    position.nextOffset = record.offset;
    return true;
  }

  function fire(due: number, record: LogRecord, out: Out, refuse: Refuse): void {
    try {
      machine.fire({ partition, offset: record.offset, at: Math.max(due, position.watermark) }, out);
    } catch (error) {
      // A timer that is still there would fire and fail for ever.
      if (machine.nextDue(due + 1) === due) throw error;
      refuse(record, failed(error));
    }
  }

  function apply(event: EventOf[S], occurredAt: number, record: LogRecord, out: Out, refuse: Refuse): void {
    const at = Math.max(occurredAt, position.watermark);
    let refusal: Reject | undefined;
    try {
      refusal = machine.apply(event, { partition, offset: record.offset, at }, out);
      failures = 0;
    } catch (error) {
      refusal = failed(error);
    }
    if (refusal === undefined) return;
    position.rejected += 1;
    refuse(record, refusal);
  }

  /** What the fold throws at is put aside like any bad record: it would throw again at every start. */
  function failed(error: unknown): Reject {
    failures += 1;
    if (failures > MOST_FAILURES) throw error;
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return reject("processing_failed", words.slice(0, DETAIL_CHARS));
  }

  return {
    position,
    feed(record, out, refuse) {
      if (record.offset < position.nextOffset) return false; // already in the state we loaded
      position.nextOffset = record.offset + 1;
      const mark = decodeWatermark(record.value);
      if (mark !== undefined) {
        if (heldAt(mark, record, out, refuse)) return true;
        advance(mark, record, out, refuse);
        return false;
      }
      const event = read(record);
      if (event.kind === "ok" && heldAt(timeOf(event.value) - disorder, record, out, refuse)) return true;
      position.received += 1;
      if (event.kind === "reject") {
        position.rejected += 1;
        refuse(record, event);
        return false;
      }
      const occurredAt = timeOf(event.value);
      const late = occurredAt < position.watermark && stream !== "context";
      if (late) position.late += 1;
      const waits = disorder > 0 && !late && stream !== "context";
      if (waits) wait(event.value, record);
      advance(occurredAt - disorder, record, out, refuse);
      if (!waits) apply(event.value, occurredAt, record, out, refuse);
      return false;
    },
  };
}

const DETAIL_CHARS = 300;

/** As a property that is looked at only when a checkpoint is written. */
const withHeld = (from: Position, reorder: Reorder<unknown>): Position => ({
  ...from,
  get held(): readonly HeldRecord[] {
    return reorder.all().map(({ record }) => ({
      offset: record.offset,
      appendedAt: record.appendedAt,
      value: record.value.toString("base64"),
    }));
  },
});

function timeOf(event: EventOf[Stream]): number {
  if ("occurredAt" in event) return event.occurredAt;
  // What says when it was issued is known then, the rest when it is announced to us; neither moves time ahead.
  return ("issuedAt" in event ? event.issuedAt : undefined) ?? Number.NEGATIVE_INFINITY;
}
