import type { LogRecord } from "../../infra/log/port.ts";
import type { Reject } from "../../ingest/contracts/outcome.ts";
import { type EventOf, readRecord } from "../../ingest/contracts/read.ts";
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
  /** Folds one record. What it does depends on the records before it and on nothing else. */
  feed(record: LogRecord, out: Out, refuse: (record: LogRecord, refusal: Reject) => void): void;
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

  return {
    position,
    feed(record, out, refuse) {
      if (record.offset < position.nextOffset) return; // already in the state we loaded
      position.nextOffset = record.offset + 1;
      const mark = decodeWatermark(record.value);
      if (mark !== undefined) {
        advance(mark, record.offset, out);
        return;
      }
      position.received += 1;
      const event = readRecord(stream, record.value, record.appendedAt);
      if (event.kind === "reject") {
        position.rejected += 1;
        refuse(record, event);
        return;
      }
      const occurredAt = timeOf(event.value);
      if (occurredAt < position.watermark && stream !== "context") position.late += 1;
      advance(occurredAt - disorder, record.offset, out);
      const at = Math.max(occurredAt, position.watermark);
      const refusal = machine.apply(event.value, { partition, offset: record.offset, at }, out);
      if (refusal) {
        position.rejected += 1;
        refuse(record, refusal);
      }
    },
  };
}

function timeOf(event: EventOf[Stream]): number {
  if ("occurredAt" in event) return event.occurredAt;
  // A promotion is known when it is announced to us, a forecast when it was issued; neither moves time ahead.
  return "issuedAt" in event ? event.issuedAt : Number.NEGATIVE_INFINITY;
}
