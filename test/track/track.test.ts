import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, HOUR, type Input, MINUTE, play, T0, toRecords } from "../shell/fold.ts";
import { ordersIn } from "./plain-orders.ts";

const policy = trackPolicy.parse(undefined);
const create = () => createTrack(policy, "test");
const DAY = 24 * HOUR;
const run = (inputs: Input[], disorder = 0) =>
  play("orders", create, toRecords(inputs), undefined, undefined, disorder);
const event = (orderId: string, kind: string, time: number, more: object = {}): Input => ({
  orderId,
  kind,
  occurredAt: at(time),
  ...more,
});
const kinds = (inputs: Input[], change = "opened") =>
  run(inputs)
    .tables.findings(change)
    .map(({ kind, reason }) => (change === "opened" ? kind : `${kind} ${reason}`))
    .sort();

describe("limits", () => {
  const paid = [event("o", "placed", T0), event("o", "paid", T0)];

  test("an order handed over exactly at its limit is in time, a moment later it is not", () => {
    const handedOver = (late: number) => [...paid, event("o", "picked_up", T0 + 48 * HOUR + late)];
    expect(kinds(handedOver(0))).toEqual([]);
    expect(kinds(handedOver(1))).toEqual(["stalled_pickup"]);
    expect(kinds(handedOver(1), "ended")).toEqual(["stalled_pickup progressed"]);
  });

  test("customs: seven days are in time, more are not", () => {
    const cleared = (late: number) => [
      event("o", "customs_entered", T0),
      event("o", "customs_cleared", T0 + 7 * DAY + late),
    ];
    expect(kinds(cleared(0))).toEqual([]);
    expect(kinds(cleared(1))).toEqual(["stalled_customs"]);
  });

  test("a promise is broken when it is over, and not by a delivery at the last moment", () => {
    const promised = [event("o", "placed", T0, { promisedBy: at(T0 + 40 * HOUR) }), event("o", "paid", T0)];
    expect(kinds([...promised, event("o", "delivered", T0 + 40 * HOUR)])).toEqual([]);
    const late = [...promised, event("o", "delivered", T0 + 40 * HOUR + MINUTE)];
    expect(kinds(late)).toEqual(["promise_broken"]);
    expect(kinds(late, "ended")).toEqual(["promise_broken delivered"]);
  });

  test("a parcel that waits in a hub is stalled there, and belongs to where it waits", () => {
    const { tables } = run([
      event("o", "placed", T0, { region: "440100" }),
      event("o", "arrived_hub", T0 + HOUR, { hub: "H", region: "420100" }),
      { watermark: T0 + 26 * HOUR },
    ]);
    expect(tables.findings()).toMatchObject([{ kind: "stalled_transit", stage: "hub", hub: "H", region: "420100" }]);
  });

  test("an order called off before it was due breaks no promise", () => {
    const off = [event("o", "placed", T0, { promisedBy: at(T0 + 10 * DAY) }), event("o", "cancelled", T0 + HOUR)];
    expect(kinds([...off, { watermark: T0 + 30 * DAY }])).toEqual([]);
  });
});

describe("what comes late", () => {
  test("progress told late corrects the stall it hid", () => {
    const inputs = [event("o", "paid", T0), { watermark: T0 + 50 * HOUR }, event("o", "picked_up", T0 + 20 * HOUR)];
    expect(kinds(inputs, "ended")).toEqual(["stalled_pickup corrected"]);
  });

  test("a scan may come before the payment it follows", () => {
    const inputs = [event("o", "picked_up", T0 + 5 * HOUR), event("o", "paid", T0), { watermark: T0 + 40 * HOUR }];
    expect(kinds(inputs)).toEqual([]);
  });

  test("history of an unknown order is kept as a fact and warns nobody", () => {
    const { tables, open } = run([{ watermark: T0 + 200 * DAY }, event("o", "placed", T0), event("o", "paid", T0)]);
    expect(tables.rows.size).toBe(2);
    expect([tables.findings(), open]).toEqual([[], 0]);
  });
});

const KINDS = [
  "placed",
  "paid",
  "picked_up",
  "arrived_hub",
  "departed_hub",
  "out_for_delivery",
  "delivered",
  "lost",
  "cancelled",
];
/** Lives of a few orders, in any order of time, with watermarks between. */
const inputs = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        orderId: fc.constantFrom("a", "b", "c"),
        kind: fc.constantFrom(...KINDS),
        occurredAt: fc.integer({ min: 0, max: 400 }).map((h) => at(T0 + h * HOUR)),
        hub: fc.constantFrom("H1", "H2"),
        promisedBy: fc.option(
          fc.integer({ min: 0, max: 300 }).map((h) => at(T0 + h * HOUR)),
          { nil: undefined },
        ),
      }),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 500 }).map((h) => ({ watermark: T0 + h * HOUR })) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Input[]>;

describe("the law", () => {
  test("a process killed anywhere and started from its checkpoint ends in the same rows", () => {
    fc.assert(
      fc.property(inputs, fc.nat(), fc.nat(), (list, a, b) => {
        const records = toRecords(list);
        const saved = a % (records.length + 1);
        const killed = saved + (b % (records.length - saved + 1));
        const whole = play("orders", create, records);
        const before = play("orders", create, records.slice(0, saved));
        // What it wrote after the checkpoint is there, and is written again.
        const lost = play("orders", create, records.slice(saved, killed), before.tables, before);
        const after = play("orders", create, records, lost.tables, before);
        expect(after.tables.all()).toEqual(whole.tables.all());
        expect(after.position).toEqual(whole.position);
        expect(after.open).toBe(whole.open);
        expect(ordersIn(after.blocks)).toEqual(ordersIn(whole.blocks));
      }),
      { numRuns: 300 },
    );
  });

  test("sending everything a second time changes no finding", () => {
    fc.assert(
      fc.property(inputs, (list) => {
        const once = run(list);
        const twice = play("orders", create, toRecords([...list, ...list]));
        expect(twice.tables.all()).toEqual(once.tables.all());
        expect(twice.open).toBe(once.open);
      }),
      { numRuns: 300 },
    );
  });

  test("nothing is said for event times that readers of tables have passed", () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 48 }), (list, disorder) => {
        let watermark = Number.NEGATIVE_INFINITY;
        const records = toRecords(list);
        let state: { position: { watermark: number }; blocks: Uint8Array[] } | undefined;
        for (const record of records) {
          const step: ReturnType<typeof play> = play(
            "orders",
            create,
            [record],
            undefined,
            state as never,
            disorder * HOUR,
          );
          for (const row of step.tables.rows.values()) {
            expect(Number(row.known_at ?? row.at)).toBeGreaterThanOrEqual(watermark);
          }
          watermark = step.position.watermark;
          state = step;
        }
      }),
      { numRuns: 200 },
    );
  });
});
