import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPartition, type Position } from "../../processors/shell/partition.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { ordersIn } from "../track/plain-orders.ts";
import { at, HOUR, type Input, MINUTE, play, T0, Tables, toRecords } from "./fold.ts";

const DISORDER = 10 * MINUTE;
const create = () => createTrack(trackPolicy.parse({ stalledAfter: { payment: "5m", pickup: "5m" } }), "test");

/** Rows without the places of their records in the log, which another order of arrival moves. */
const told = (tables: Tables) =>
  tables.all().map((entry) => JSON.stringify(entry, (key, value) => (key === "offset" ? undefined : value)));

const END = { watermark: T0 + 48 * HOUR };
const kinds = ["placed", "paid", "packed", "picked_up", "arrived_hub", "delivered"];
const event = fc
  .record({ order: fc.integer({ min: 0, max: 3 }), kind: fc.constantFrom(...kinds), minute: fc.nat(240) })
  .map(({ order, kind, minute }): { time: number; input: Input } => {
    const time = T0 + minute * MINUTE;
    return { time, input: { orderId: `o${order}`, kind, occurredAt: at(time) } };
  });
const exchanged = fc.array(fc.tuple(event, fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 60 });

describe("within the allowed disorder", () => {
  test("any order of arrival gives the same rows, and nothing is late", () => {
    fc.assert(
      fc.property(exchanged, (events) => {
        const inOrder = [...events].sort(([a], [b]) => a.time - b.time).map(([{ input }]) => input);
        const moved = [...events]
          .sort(([a, x], [b, y]) => a.time + x * DISORDER - (b.time + y * DISORDER))
          .map(([{ input }]) => input);
        const one = play("orders", create, toRecords([...inOrder, END]), new Tables(), undefined, DISORDER);
        const other = play("orders", create, toRecords([...moved, END]), new Tables(), undefined, DISORDER);
        expect(other.position.late).toBe(0);
        expect(told(other.tables)).toEqual(told(one.tables));
        expect(ordersIn(other.blocks)).toEqual(ordersIn(one.blocks));
      }),
      { numRuns: 150 },
    );
  });

  test("a start from any checkpoint goes on with what was waiting", () => {
    fc.assert(
      fc.property(exchanged, fc.nat(60), (events, cut) => {
        const records = toRecords([...events.map(([{ input }]) => input), END]);
        const whole = play("orders", create, records, new Tables(), undefined, DISORDER);
        const first = play("orders", create, records.slice(0, cut), new Tables(), undefined, DISORDER);
        // As a checkpoint keeps it.
        const watermark = first.position.watermark;
        const position: Position = { ...JSON.parse(JSON.stringify(first.position)), watermark };
        const rest = play("orders", create, records, first.tables, { position, blocks: first.blocks }, DISORDER);
        expect(rest.tables.all()).toEqual(whole.tables.all());
        expect(ordersIn(rest.blocks)).toEqual(ordersIn(whole.blocks));
      }),
      { numRuns: 150 },
    );
  });

  test("what waits is let go when no disorder is allowed any more", () => {
    const records = toRecords([{ orderId: "o", kind: "placed", occurredAt: at(T0) }, END]);
    const first = play("orders", create, records.slice(0, 1), new Tables(), undefined, DISORDER);
    expect(first.tables.all()).toEqual([]);
    expect(first.position.held).toHaveLength(1);
    const rest = play("orders", create, records, first.tables, first);
    expect(rest.tables.rows.size).toBeGreaterThan(0);
  });
});

describe("a fold that throws", () => {
  const machine = (bad: (orderId: string) => boolean) => {
    const applied: string[] = [];
    return {
      applied,
      apply({ orderId }: { orderId: string }) {
        if (bad(orderId)) throw new TypeError(`no ${orderId}`);
        applied.push(orderId);
        return undefined;
      },
      nextDue: () => Number.POSITIVE_INFINITY,
      fire() {},
      open: () => 0,
      save: () => [],
      load() {},
    };
  };
  const records = (n: number) =>
    toRecords(Array.from({ length: n }, (_, i) => ({ orderId: `o${i}`, kind: "placed", occurredAt: at(T0 + i) })));

  test("at a record: that is put aside with its reason, the rest goes on", () => {
    const refused: unknown[] = [];
    const one = machine((id) => id === "o1");
    const partition = createPartition({ stream: "orders", partition: 0, machine: one, disorder: 0 });
    for (const record of records(3))
      partition.feed(
        record,
        () => {},
        ({ offset }, why) => refused.push([offset, why]),
      );
    expect(one.applied).toEqual(["o0", "o2"]);
    expect(refused).toEqual([[1, { kind: "reject", reason: "processing_failed", detail: "TypeError: no o1" }]]);
    expect(partition.position).toMatchObject({ received: 3, rejected: 1, nextOffset: 3 });
  });

  test("at everything: the fault is ours, and the process ends instead of putting all aside", () => {
    const refused: number[] = [];
    const partition = createPartition({ stream: "orders", partition: 0, machine: machine(() => true), disorder: 0 });
    const all = () => {
      for (const record of records(200))
        partition.feed(
          record,
          () => {},
          ({ offset }) => refused.push(offset),
        );
    };
    expect(all).toThrow("no o100");
    expect(refused).toHaveLength(100);
  });

  test("at a timer: it is heard of once, and time goes on", () => {
    const refused: string[] = [];
    let due = T0 + 1;
    const timers = {
      ...machine(() => false),
      nextDue: () => due,
      fire() {
        due = Number.POSITIVE_INFINITY;
        throw new Error("no");
      },
    };
    const partition = createPartition({ stream: "orders", partition: 0, machine: timers, disorder: 0 });
    for (const record of toRecords([{ watermark: T0 + HOUR }, { watermark: T0 + 2 * HOUR }])) {
      partition.feed(
        record,
        () => {},
        (_, { reason }) => refused.push(reason),
      );
    }
    expect(refused).toEqual(["processing_failed"]);
    expect(partition.position.watermark).toBe(T0 + 2 * HOUR);
  });

  test("at a timer that stays: the process ends, since it would fire for ever", () => {
    const stuck = {
      ...machine(() => false),
      nextDue: () => T0,
      fire() {
        throw new Error("stuck");
      },
    };
    const partition = createPartition({ stream: "orders", partition: 0, machine: stuck, disorder: 0 });
    const [mark] = toRecords([{ watermark: T0 + HOUR }]);
    expect(
      () =>
        mark &&
        partition.feed(
          mark,
          () => {},
          () => {},
        ),
    ).toThrow("stuck");
  });
});
