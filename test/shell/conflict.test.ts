import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../infra/log/port.ts";
import type { Reject } from "../../ingest/contracts/outcome.ts";
import type { EventOf } from "../../ingest/contracts/read.ts";
import { createComplain } from "../../processors/complain/machine.ts";
import { complainPolicy } from "../../processors/complain/policy.ts";
import type { Machine } from "../../processors/shell/machine.ts";
import { conflictOf, type Named } from "../../processors/shell/named.ts";
import { createPartition } from "../../processors/shell/partition.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, T0, Tables, toRecords } from "./fold.ts";

const HOSTILE = ["__proto__", "constructor", "toString", "hasOwnProperty", "e"];

describe("one event id, one event", () => {
  test.each(HOSTILE)("an id %s is an id like any other, also after a checkpoint", (eventId) => {
    let named: Named = {};
    expect(conflictOf(named, { eventId, content: "a" })).toBeUndefined();
    named = JSON.parse(JSON.stringify(named)) as Named;
    expect(Object.keys(named)).toEqual([eventId]);
    expect(conflictOf(named, { eventId, content: "a" })).toBeUndefined();
    expect(conflictOf(named, { eventId, content: "b" })).toMatchObject({ reason: "conflicting_repeat" });
    expect(conflictOf(named, { eventId, content: "a" })).toBeUndefined();
    expect(Object.getPrototypeOf(named)).toBe(Object.prototype);
  });

  test("an id made from the contents is not remembered", () => {
    const named: Named = {};
    conflictOf(named, { eventId: "e", content: "" });
    expect(named).toEqual({});
  });
});

describe("a conflicting repeat", () => {
  type Anything = EventOf["orders"] & EventOf["complaints"];
  const STREAMS = [
    [
      "orders",
      () => createTrack(trackPolicy.parse(undefined), "test"),
      { orderId: "o", kind: "paid", occurredAt: at(T0) },
    ],
    [
      "complaints",
      () => createComplain(complainPolicy.parse(undefined), "test"),
      { complaintId: "k", customerId: "c", kind: "opened", occurredAt: at(T0) },
    ],
  ] as const;
  const cases = STREAMS.flatMap(([stream, create, event]) => HOSTILE.map((id) => [stream, id, create, event] as const));

  test.each(cases)("of %s under the id %s is refused and changes nothing", (stream, eventId, create, event) => {
    const tables = new Tables();
    const refused: [LogRecord, Reject][] = [];
    const machine = create() as unknown as Machine<Anything>;
    const partition = createPartition({ stream, partition: 0, machine: machine as never, disorder: 0 });
    const feed = (record: LogRecord) => partition.feed(record, tables.out, (...args) => refused.push(args));
    const [first, other, again] = toRecords([
      { ...event, eventId },
      { ...event, eventId, region: "420100" },
      { ...event, eventId },
    ]) as [LogRecord, LogRecord, LogRecord];

    feed(first);
    const [due, rows, state] = [machine.nextDue(Number.POSITIVE_INFINITY), tables.all(), [...machine.save()]];
    feed(other);
    expect(refused).toMatchObject([[other, { kind: "reject", reason: "conflicting_repeat" }]]);
    expect([machine.nextDue(Number.POSITIVE_INFINITY), tables.all(), [...machine.save()]]).toEqual([due, rows, state]);
    expect(partition.position).toMatchObject({ received: 2, rejected: 1, nextOffset: 2 });
    feed(again);
    expect(refused).toHaveLength(1);
    expect(tables.all()).toEqual(rows);
  });
});
