import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTrack } from "../../processors/track/machine.ts";
import type { Order } from "../../processors/track/order.ts";
import type { Orders } from "../../processors/track/orders.ts";
import { HashIndex } from "../../processors/track/packed/hash-index.ts";
import { Slabs } from "../../processors/track/packed/slabs.ts";
import { createPackedOrders } from "../../processors/track/packed/table.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, HOUR, type Input, play, T0, toRecords } from "../shell/fold.ts";
import { createPlainOrders, ordersIn } from "./plain-orders.ts";

const policy = trackPolicy.parse(undefined);
const packed = () => createTrack(policy, "test");
const plain = () => createTrack(policy, "test", createPlainOrders);

const KINDS = ["placed", "paid", "packed", "picked_up", "arrived_hub", "customs_entered", "delivered", "lost"];
const hours = (most: number) => fc.integer({ min: 0, max: most }).map((h) => at(T0 + h * HOUR));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Long names make long records: some orders outgrow them. */
const eventId = fc.oneof(fc.string({ unit: fc.constantFrom(..."包裹"), minLength: 1, maxLength: 128 }), fc.uuid());
const inputs = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        orderId: fc.oneof(
          fc.constantFrom("a", "SO-0001", "SO-0002", "包裹", "5f0c", "4f3c2b1a-0d9e-4f8a-9b7c-6d5e4f3a2b1c"),
          fc.integer({ min: 100, max: 999 }).map((n) => `o-${n}`),
        ),
        kind: fc.constantFrom(...KINDS),
        occurredAt: hours(400),
        eventId: optional(eventId),
        customerId: optional(fc.constantFrom("c-001", "c-002")),
        carrier: optional(fc.constantFrom("顺丰", "sf")),
        region: optional(fc.constantFrom("440100", "310000")),
        value: optional(fc.constantFrom(0, 99.9, 0.015)),
        traits: optional(fc.constantFrom(["fragile"], [])),
        promisedBy: optional(hours(300)),
      }),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 500 }).map((h) => ({ watermark: T0 + h * HOUR })) },
    { weight: 1, arbitrary: fc.constant({ watermark: T0 + 100 * 24 * HOUR }) },
  ),
  { maxLength: 60 },
) as fc.Arbitrary<Input[]>;
const plainOrders = (blocks: readonly Uint8Array[]) =>
  (JSON.parse(Buffer.from(blocks[0] ?? []).toString()) as Order[]).sort((a, b) => (a.orderId < b.orderId ? -1 : 1));

describe("packed and plain orders", () => {
  test("write the same rows and keep the same orders, also from one life to the next", () => {
    fc.assert(
      fc.property(inputs, fc.nat(), (list, cut) => {
        const records = toRecords(list);
        const lives = [records.slice(0, cut % (records.length + 1)), records];
        const play2 = (create: typeof packed) => {
          const before = play("orders", create, lives[0] ?? []);
          return play("orders", create, records, before.tables, before);
        };
        const [one, other] = [play2(packed), play2(plain)];
        expect(one.tables.all()).toEqual(other.tables.all());
        expect([one.open, one.position]).toEqual([other.open, other.position]);
        expect(ordersIn(one.blocks)).toEqual(plainOrders(other.blocks));
      }),
      { numRuns: 300 },
    );
  });

  test("agree on thousands of orders that come, grow, move and go", () => {
    const due = new Map<string, number>();
    const dueOf = (order: Order) => due.get(order.orderId) ?? 0;
    const [one, other] = [createPackedOrders(dueOf, 7), createPlainOrders(dueOf)];
    const random = lcg(42);
    for (let step = 0; step < 60_000; step++) {
      const orderId = `order-${Math.floor(random() * 20_000)}`;
      const known = one.get(orderId);
      if (step % 997 === 0) expect(known).toEqual(other.get(orderId));
      if (known && random() < 0.3) {
        for (const orders of [one, other]) orders.delete(orderId);
      } else {
        due.set(orderId, T0 + Math.floor(random() * 1e7));
        for (const orders of [one, other]) orders.put(grown(orders, orderId), dueOf(known ?? grown(orders, orderId)));
      }
    }
    const saved = ordersIn(one.save());
    expect(saved.length).toBeGreaterThan(9000);
    expect(saved).toEqual(plainOrders([...other.save()]));
    let left = 0;
    for (let next = one.nextDue(Number.POSITIVE_INFINITY); next < Number.POSITIVE_INFINITY; left++) {
      const [a, b] = [one.take(), other.take()];
      if (a?.key !== b?.key || a?.due !== b?.due) expect(a).toEqual(b);
      next = one.nextDue(Number.POSITIVE_INFINITY);
    }
    expect(left).toBe(saved.length);
  });

  test("what is saved is the moment of the call, whatever is changed and removed while it is written", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = lcg(seed);
        const orders = createPackedOrders(() => T0);
        for (let i = 0; i < 3000; i++) orders.put(grown(orders, `o-${Math.floor(random() * 2000)}`), T0);
        const before = ordersIn(orders.save());
        const blocks: Uint8Array[] = [];
        for (const block of orders.save()) {
          blocks.push(block);
          for (let i = 0; i < 400; i++) {
            const orderId = `o-${Math.floor(random() * 4000)}`;
            if (random() < 0.5) orders.delete(orderId);
            else orders.put(grown(orders, orderId), T0);
          }
        }
        expect(ordersIn(blocks)).toEqual(before);
      }),
      { numRuns: 10 },
    );
  });
});

const STEPS = ["placed", "paid", "packed", "picked_up", "departed_hub", "arrived_hub", "delivered"] as const;
/** The order with one more event. */
function grown(orders: Orders, orderId: string): Order {
  const order = orders.get(orderId);
  const steps = order ? Object.keys(order.first).length : 0;
  const kind = STEPS[steps % STEPS.length] as (typeof STEPS)[number];
  const time = T0 + steps * HOUR;
  return {
    orderId,
    first: { ...order?.first, [kind]: time },
    last: { ...order?.last, [kind]: time },
    facts: { ...order?.facts, hub: { at: time, value: `hub ${steps}` } },
    lastEventAt: time,
    named: {},
    open: [],
    said: [],
  };
}

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

describe("the hash index", () => {
  const step = fc.record({ add: fc.boolean(), key: fc.nat({ max: 60 }) });

  test("finds what is there and nothing else, however the hashes meet", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(1, 3, 40), (steps, hashes) => {
        const hashOf = (place: number) => Math.imul(place % hashes, 0x9e3779b1) >>> 0;
        const index = new HashIndex(hashOf);
        const known = new Set<number>();
        const find = (key: number) => index.find(hashOf(key), (place) => place === key);
        for (const { add, key } of steps) {
          expect(find(key)).toBe(known.has(key) ? key : -1);
          if (add && !known.has(key)) {
            index.add(hashOf(key), key);
            known.add(key);
          } else if (!add && known.delete(key)) index.removeFound();
        }
        for (let key = 0; key <= 60; key++) expect(find(key)).toBe(known.has(key) ? key : -1);
        expect(index.size).toBe(known.size);
      }),
      { numRuns: 500 },
    );
  });

  test("grows by segments, and loses nothing when they split", () => {
    const hashOf = (place: number) => Math.imul(place ^ (place >>> 9), 0x9e3779b1) >>> 0;
    const index = new HashIndex(hashOf);
    for (let key = 0; key < 100_000; key++) index.add(hashOf(key), key);
    let missing = 0;
    for (let key = 0; key < 100_000; key += 7) if (index.find(hashOf(key), (place) => place === key) < 0) missing++;
    expect([missing, index.size]).toEqual([0, 100_000]);
  });
});

test("slabs give back what they were given, and use again what was given back", () => {
  const record = fc.uint8Array({ minLength: 1, maxLength: 2048 }).map((bytes) => {
    bytes[0] = (bytes[0] ?? 0) & 0x7f;
    return bytes;
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(record, fc.nat({ max: 5 }), fc.boolean()), { maxLength: 60 }), (steps) => {
      const slabs = new Slabs();
      const known = new Map<number, { place: number; bytes: Uint8Array }>();
      const read = (place: number, length: number) =>
        Buffer.from(slabs.bytes(place).subarray(slabs.offset(place), slabs.offset(place) + length));
      for (const [bytes, key, remove] of steps) {
        const old = known.get(key);
        if (old && remove) {
          slabs.remove(old.place);
          known.delete(key);
        } else {
          const place = old ? slabs.replace(old.place, bytes, bytes.length) : slabs.add(bytes, bytes.length);
          known.set(key, { place, bytes });
        }
        for (const one of known.values()) {
          if (!read(one.place, one.bytes.length).equals(one.bytes))
            throw new Error(`expected ${one.bytes} at ${one.place}`);
        }
      }
      const again = new Slabs();
      const places = [...slabs.save()].flatMap((block) => again.load(block));
      expect(places.length).toBe(known.size);
    }),
    { numRuns: 100 },
  );
});
