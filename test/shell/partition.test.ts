import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../infra/log/port.ts";
import type { Reject } from "../../ingest/contracts/outcome.ts";
import type { OrderEvent } from "../../ingest/contracts/read.ts";
import { encodeWatermark } from "../../ingest/contracts/watermark.ts";
import type { Machine } from "../../processors/shell/machine.ts";
import { createPartition, type Position } from "../../processors/shell/partition.ts";
import { at, HOUR, type Input, MINUTE, T0, toRecords } from "./fold.ts";

/** A machine that writes down what it is told: events, and alarms at the times it was given. */
function diary(alarms: readonly number[] = []) {
  const due = [...alarms].sort((a, b) => a - b);
  const told: string[] = [];
  const machine: Machine<OrderEvent> = {
    apply(event, moment) {
      told.push(`${event.orderId} ${moment.at - T0} @${moment.offset}`);
      return event.orderId === "bad" ? { kind: "reject", reason: "conflicting_repeat", detail: "" } : undefined;
    },
    nextDue: () => due[0] ?? Number.POSITIVE_INFINITY,
    fire(moment) {
      told.push(`alarm ${(due.shift() ?? 0) - T0} ${moment.at - T0} @${moment.offset}`);
    },
    open: () => 0,
    *save() {},
    load() {},
  };
  return { machine, told };
}

function feedAll(
  records: readonly LogRecord[],
  options: { alarms?: number[]; disorder?: number; from?: Position } = {},
) {
  const { machine, told } = diary(options.alarms);
  const refused: [number, Reject["reason"]][] = [];
  const { disorder = 0, from } = options;
  const partition = createPartition({ stream: "orders", partition: 3, machine, disorder, ...(from && { from }) });
  const watermarks = records.map((record) => {
    partition.feed(
      record,
      () => {},
      (which, { reason }) => refused.push([which.offset, reason]),
    );
    return partition.position.watermark - T0;
  });
  return { told, refused, watermarks, position: partition.position };
}

const placed = (orderId: string, time: number): Input => ({ orderId, kind: "placed", occurredAt: at(T0 + time) });

describe("event time", () => {
  test("is the highest of watermarks and events less their disorder, and never goes back", () => {
    const records = toRecords([
      placed("a", HOUR),
      { watermark: T0 + 2 * HOUR },
      placed("b", HOUR),
      { watermark: T0 },
      placed("c", 4 * HOUR),
    ]);
    expect(feedAll(records).watermarks).toEqual([HOUR, 2 * HOUR, 2 * HOUR, 2 * HOUR, 4 * HOUR]);
    expect(feedAll(records, { disorder: HOUR }).watermarks).toEqual([0, 2 * HOUR, 2 * HOUR, 2 * HOUR, 3 * HOUR]);
  });

  test("an event is known when it happened, or when its partition was already past that", () => {
    const records = toRecords([{ watermark: T0 + HOUR }, placed("late", 0), placed("new", 2 * HOUR)]);
    expect(feedAll(records).told).toEqual([`late ${HOUR} @1`, `new ${2 * HOUR} @2`]);
  });

  test("late is what comes after the watermark passed it; what comes exactly with it is not", () => {
    const records = toRecords([{ watermark: T0 + HOUR }, placed("a", HOUR), placed("b", HOUR - 1), placed("c", 0)]);
    expect(feedAll(records).position).toMatchObject({ received: 3, late: 2, rejected: 0 });
    expect(feedAll(toRecords([placed("a", HOUR), placed("b", 0)]), { disorder: HOUR }).position.late).toBe(0);
    expect(feedAll(toRecords([placed("a", HOUR), placed("b", -1)]), { disorder: HOUR }).position.late).toBe(1);
  });

  test("a watermark is no event", () => {
    const { position, told } = feedAll(toRecords([{ watermark: T0 }, { watermark: T0 + 1 }]));
    expect([position.received, position.nextOffset, told]).toEqual([0, 2, []]);
  });
});

describe("timers", () => {
  test("fire before what carries time past them, and not at their own moment", () => {
    const alarms = [T0 + HOUR, T0 + HOUR + 1];
    expect(feedAll(toRecords([{ watermark: T0 + HOUR }]), { alarms }).told).toEqual([]);
    expect(feedAll(toRecords([placed("a", HOUR)]), { alarms }).told).toEqual([`a ${HOUR} @0`]);
    expect(feedAll(toRecords([placed("a", HOUR + 1)]), { alarms }).told).toEqual([
      `alarm ${HOUR} ${HOUR} @0`,
      `a ${HOUR + 1} @0`,
    ]);
  });

  test("a deadline that is past already is said now, not in a past that readers have closed", () => {
    const records = toRecords([{ watermark: T0 + HOUR }, { watermark: T0 + 2 * HOUR }]);
    const from = feedAll(records.slice(0, 1)).position;
    expect(feedAll(records, { alarms: [T0], from }).told).toEqual([`alarm 0 ${HOUR} @1`]);
  });

  test("fire in order of their deadlines, whatever carries time over them", () => {
    const sorted = fc.property(
      fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 12 }),
      (alarms, marks) => {
        const records = toRecords(marks.map((mark) => ({ watermark: T0 + mark * MINUTE })));
        const { told } = feedAll(records, { alarms: alarms.map((alarm) => T0 + alarm * MINUTE) });
        const highest = Math.max(-1, ...marks);
        const expected = alarms.filter((alarm) => alarm < highest).sort((a, b) => a - b);
        expect(told.map((line) => Number(line.split(" ")[1]) / MINUTE)).toEqual(expected);
      },
    );
    fc.assert(sorted);
  });
});

describe("what is in the state already", () => {
  test("records before the next offset change nothing", () => {
    const records = toRecords([placed("a", 0), placed("b", HOUR), { watermark: T0 + 2 * HOUR }, placed("c", 0)]);
    for (let cut = 0; cut <= records.length; cut += 1) {
      const before = feedAll(records.slice(0, cut));
      const after = feedAll(records, { from: { ...before.position } });
      const whole = feedAll(records);
      expect([...before.told, ...after.told]).toEqual(whole.told);
      expect(after.position).toEqual(whole.position);
    }
  });

  test("offsets may have gaps", () => {
    const records = toRecords([placed("a", 0), placed("b", 1)]).map((record) => ({
      ...record,
      offset: record.offset * 7 + 5,
    }));
    expect(feedAll(records).position).toMatchObject({ nextOffset: 13, received: 2 });
  });
});

describe("poison", () => {
  const deep = `${'{"x":'.repeat(5000)}1${"}".repeat(5000)}`;
  const POISON: [string, Buffer, Reject["reason"]][] = [
    ["nothing", Buffer.alloc(0), "not_json"],
    ["no JSON", Buffer.from("{"), "not_json"],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "not_json"],
    ["an array", Buffer.from("[]"), "not_an_object"],
    ["null", Buffer.from("null"), "not_an_object"],
    ["no contract", Buffer.from('{"orderId":1}'), "invalid"],
    [
      "a depth that ends recursions",
      Buffer.from(`{"orderId":"o","kind":"paid","occurredAt":"${at(T0)}","x":${deep}}`),
      "invalid",
    ],
    ["a prototype", Buffer.from('{"__proto__":{"orderId":"o","kind":"paid"}}'), "invalid"],
    [
      "a time before all shops",
      Buffer.from(`{"orderId":"o","kind":"paid","occurredAt":"1970-01-01T00:00:00Z"}`),
      "time_too_old",
    ],
    [
      "a time after its arrival",
      Buffer.from(`{"orderId":"o","kind":"paid","occurredAt":"2200-01-01T00:00:00Z"}`),
      "time_in_future",
    ],
    ["half a watermark", encodeWatermark(T0).subarray(0, 20), "not_json"],
    ["a watermark of nowhere", Buffer.from('{"watermark":"2026-99-01T00:00:00.000Z"}'), "invalid"],
    ["more than anybody sends", Buffer.alloc(300_000, " "), "too_large"],
  ];

  test.each(POISON)("%s is refused and counted, and the rest goes on", (_name, value, reason) => {
    const [a, bad, b] = toRecords([placed("a", 0), {}, placed("b", HOUR)]) as [LogRecord, LogRecord, LogRecord];
    const { told, refused, position, watermarks } = feedAll([a, { ...bad, value }, b]);
    expect(refused).toEqual([[1, reason]]);
    expect(told).toEqual(["a 0 @0", `b ${HOUR} @2`]);
    expect(position).toMatchObject({ nextOffset: 3, received: 3, rejected: 1, late: 0 });
    expect(watermarks[1]).toBe(0);
  });

  test("what the machine refuses is refused and counted too", () => {
    const { refused, position } = feedAll(toRecords([placed("bad", 0), placed("a", 0)]));
    expect(refused).toEqual([[0, "conflicting_repeat"]]);
    expect(position).toMatchObject({ received: 2, rejected: 1 });
  });

  test("any bytes at all: every record is taken or refused, none is lost and none throws", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc.json().map((s) => Buffer.from(s)),
          ),
        ),
        (list) => {
          const records = list.map((bytes, offset) => ({
            offset,
            appendedAt: T0,
            key: null,
            value: Buffer.from(bytes),
          }));
          const { position, refused, told } = feedAll(records);
          expect(position.nextOffset).toBe(records.length);
          expect(position.received).toBe(refused.length + told.length);
          expect(position.rejected).toBe(refused.length);
        },
      ),
    );
  });
});
