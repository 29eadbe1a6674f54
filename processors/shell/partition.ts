import type { LogRecord } from "../../infra/log/port.ts";
import type { Reject } from "../../ingest/contracts/outcome.ts";
import { type EventOf, readEvent, readObject } from "../../ingest/contracts/read.ts";
import type { Stream } from "../../ingest/contracts/topics.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";
import type { Machine, Out } from "./machine.ts";

/** The part of a partition's state that every stream process has. Counts are over the log, not over this life. */
export interface Position {
  nextOffset: number;
  /** ms; no event earlier than this is expected. -Infinity before the first record. */
  watermark: number;
  received: number;
  rejected: number;
  /** Events that came after the watermark had passed them. */
  late: number;
}

export interface Partition {
  readonly position: Readonly<Position>;
  /**
   * Folds one record. What it does depends on the records before it and on nothing else.
   * @returns true when it was not taken because time must not pass `gate` yet: time stands at the gate, and the record is
   *          to come again
   */
  feed(record: LogRecord, out: Out, refuse: (record: LogRecord, refusal: Reject) => void): boolean;
}

export const START: Position = {
  nextOffset: 0,
  watermark: Number.NEGATIVE_INFINITY,
  received: 0,
  rejected: 0,
  late: 0,
};

/** @param disorder  how much earlier than the latest event another may still come in order, ms */
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
  const position: Position = { ...(options.from ?? START) };

  function advance(to: number, offset: number, out: Out): void {
    // Strictly before: an event at the deadline itself is in time.
    for (let due = machine.nextDue(); due < to; due = machine.nextDue()) {
      machine.fire({ partition, offset, at: Math.max(due, position.watermark) }, out);
    }
    if (to > position.watermark) position.watermark = to;
  }

  /** Whether time may not get to `to` yet. It gets as far as it may. */
  function heldAt(to: number, record: LogRecord, out: Out): boolean {
    const boundary = options.gate?.(to);
    if (boundary === undefined) return false;
    advance(boundary, record.offset, out);
    position.nextOffset = record.offset;
    return true;
  }

  return {
    position,
    feed(record, out, refuse) {
      if (record.offset < position.nextOffset) return false; // already in the state we loaded
      position.nextOffset = record.offset + 1;
      const mark = decodeWatermark(record.value);
      if (mark !== undefined) {
        if (heldAt(mark, record, out)) return true;
        advance(mark, record.offset, out);
        return false;
      }
      const object = readObject(record.value);
      const event = object.kind === "ok" ? readEvent(stream, object.value, record.appendedAt) : object;
      const occurredAt = event.kind === "ok" ? timeOf(event.value) : Number.NEGATIVE_INFINITY;
      if (heldAt(occurredAt - disorder, record, out)) return true;
      position.received += 1;
      if (event.kind === "reject") {
        position.rejected += 1;
        refuse(record, event);
        return false;
      }
      if (occurredAt < position.watermark && stream !== "context") position.late += 1;
      advance(occurredAt - disorder, record.offset, out);
      const at = Math.max(occurredAt, position.watermark);
      const refusal = machine.apply(event.value, { partition, offset: record.offset, at }, out);
      if (refusal) {
        position.rejected += 1;
        refuse(record, refusal);
      }
      return false;
    },
  };
}

function timeOf(event: EventOf[Stream]): number {
  if ("occurredAt" in event) return event.occurredAt;
  // A promotion is known when it is announced to us, a forecast when it was issued; neither moves time ahead.
  return "issuedAt" in event ? event.issuedAt : Number.NEGATIVE_INFINITY;
}
