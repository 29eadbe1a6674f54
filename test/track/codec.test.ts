import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ORDER_KINDS } from "../../ingest/contracts/order.ts";
import type { Order } from "../../processors/track/order.ts";
import { Bytes } from "../../processors/track/packed/bytes.ts";
import { MOST_BYTES, OrderCodec } from "../../processors/track/packed/codec.ts";
import { Ids } from "../../processors/track/packed/ids.ts";
import { FACT_FORMS } from "../../processors/track/packed/layout.ts";
import { SIZES } from "../../processors/track/packed/slabs.ts";
import { createPackedOrders } from "../../processors/track/packed/table.ts";

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());
const digits = (most: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: most });
const anyId = fc.oneof(
  anyText,
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  digits(40),
  fc.tuple(fc.constantFrom("order-", "SO", "订单", "SO20261101-", "a1b2"), digits(20)).map((parts) => parts.join("")),
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), maxLength: 70 }),
  fc.string({ unit: fc.constantFrom(..."abcXYZ019_-"), maxLength: 40 }),
);

describe("ids", () => {
  test("come back as they were, one after another, read or skipped", () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 20 }), (list) => {
        const ids = new Ids();
        const bytes = new Bytes(new Uint8Array(20_000));
        const ends = list.map((id) => {
          ids.write(bytes, id);
          return bytes.at;
        });
        expect(bytes.buf.subarray(0, bytes.at).filter((_, at) => at === 0 || ends.includes(at))).not.toContain(0xff);
        const reader = new Bytes(bytes.buf);
        expect(list.map(() => ids.read(reader))).toEqual(list);
        reader.at = 0;
        const skipped = list.map(() => {
          ids.skip(reader);
          return reader.at;
        });
        expect(skipped).toEqual(ends);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["SO-2026-00012345", 6],
    ["1234567890123456789", 11],
    ["4f3c2b1a-0d9e-4f8a-9b7c-6d5e4f3a2b1c", 17],
    ["53cdb2fc8bc7dce0b6741e2150273451", 17],
    ["aB3xK91Zqw", 9],
  ])("%s takes %i bytes", (id, size) => {
    const bytes = new Bytes(new Uint8Array(100));
    new Ids().write(bytes, id);
    expect(bytes.at).toBe(size);
  });
});

const NEAR = Date.parse("2026-11-01T00:00:00Z");
const time = fc.oneof(
  fc.integer({ min: 0, max: 40 * 24 * 3600 }).map((s) => NEAR + s * 1000),
  fc.integer({ min: 0, max: 4e9 }).map((ms) => NEAR + ms),
  fc.integer({ min: -2_208_988_800_000, max: 10_413_705_600_000 }),
  fc.integer({ min: 0, max: 3 }).map((h) => NEAR + h * 3_600_000),
);
const ofForm = {
  id: anyId,
  word: anyText,
  list: fc.uniqueArray(fc.constantFrom("perishable", "fragile", "high_value")),
  money: fc.oneof(
    fc.integer({ min: 0, max: 1e11 }).map((cents) => cents / 100),
    fc.double({ noNaN: true }),
  ),
  number: fc.oneof(fc.nat(), fc.double({ noNaN: true })),
  time,
  json: fc.json().map((text) => JSON.parse(text) as unknown),
};
const name = fc.oneof(
  fc.tuple(fc.constantFrom("stalled_transit", "promise_broken", "a@b"), time).map(([kind, at]) => `${kind}@${at}`),
  anyText,
);
const times = fc.array(fc.tuple(fc.constantFrom(...ORDER_KINDS), time, time), { maxLength: 19 });

/** Orders of any kind, also such as no event makes. */
const anyOrder: fc.Arbitrary<Order> = fc
  .record({
    orderId: anyId,
    times,
    facts: fc.record(
      Object.fromEntries(
        Object.entries(FACT_FORMS).map(([fact, form]) => [fact, fc.tuple(time, ofForm[form], fc.nat({ max: 3 }))]),
      ),
      { requiredKeys: [] },
    ),
    lastEventAt: fc.option(time, { nil: undefined }),
    named: fc.dictionary(anyId, anyId, { maxKeys: 4 }),
    open: fc.array(fc.record({ name, due: time, stage: fc.constantFrom("", "hub", "pickup") }), { maxLength: 3 }),
    said: fc.array(name, { maxLength: 4 }),
  })
  .map((given) => {
    const first: Order["first"] = {};
    const last: Order["last"] = {};
    for (const [kind, a, b] of given.times) {
      first[kind] = Math.min(a, b);
      last[kind] = Math.max(a, b);
    }
    const known = Object.values(last);
    const facts = Object.fromEntries(
      Object.entries(given.facts as Record<string, [number, unknown, number]>).map(([fact, [at, value, which]]) => [
        fact,
        // Most facts were said by one of the events.
        { at: known[which] ?? at, value },
      ]),
    );
    const latest = Math.max(Number.NEGATIVE_INFINITY, ...known);
    return {
      ...given,
      times: undefined,
      first,
      last,
      facts,
      lastEventAt: given.lastEventAt ?? latest,
    } as never as Order;
  })
  .map(({ orderId, first, last, facts, lastEventAt, named, open, said }) => ({
    orderId,
    first,
    last,
    facts,
    lastEventAt,
    named: { ...named },
    open,
    said,
  }));

describe("records", () => {
  test("any order comes back exactly as it was, many in one codec", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyOrder, fc.nat({ max: 2 ** 32 - 1 })), { maxLength: 8 }), (list) => {
        const codec = new OrderCodec();
        const records = list.map(([order, armed]) => {
          const length = codec.encode(order, armed);
          return length > MOST_BYTES ? undefined : codec.record.buf.slice(0, length);
        });
        const reading = new OrderCodec(JSON.parse(JSON.stringify(codec.legend())));
        for (const [i, [order, armed]] of list.entries()) {
          const record = records[i];
          if (!record) continue;
          for (const one of [codec, reading]) {
            expect(one.decode(record, 0)).toEqual(order);
            expect(one.armedOf(record, 0)).toBe(armed);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("what has no place in the layout is refused, not lost", () => {
    const codec = new OrderCodec();
    const order = { ...emptyOrder("o"), facts: { colour: { at: 1, value: "red" } } } as never as Order;
    expect(() => codec.encode(order, 0)).toThrow("expected a fact of the layout, got colour");
    const teleported = { ...emptyOrder("o"), first: { teleported: 1 }, last: { teleported: 1 } } as never as Order;
    expect(() => codec.encode(teleported, 0)).toThrow("expected a kind of the layout, got teleported");
  });

  test("a state of another layout is read by its own", () => {
    const old = new OrderCodec({
      layout: {
        kinds: ["paid", "placed"],
        facts: [
          ["hub", "json"],
          ["value", "number"],
        ],
        others: [],
      },
      epoch: 5,
      prefixes: [],
      words: [[], []],
      said: [],
      shapes: [],
    });
    const order: Order = {
      ...emptyOrder("o-001"),
      first: { placed: 7000, paid: 9000 },
      last: { placed: 7000, paid: 9001 },
      facts: { hub: { at: 7000, value: "H" }, value: { at: 1, value: 0.1 } },
      lastEventAt: 9001,
    };
    const length = old.encode(order, 3);
    const page = Buffer.alloc(4 + 2048);
    const sizes = createPackedOrders(() => 0);
    page.writeUInt16BE(SIZES.length - 1, 0);
    page.writeUInt16BE(1, 2);
    page.set(old.record.buf.subarray(0, length), 4);
    sizes.load(Buffer.from(JSON.stringify({ legend: old.legend(), long: [] })), () => 0);
    sizes.load(page, () => 0);
    expect(sizes.get("o-001")).toEqual(order);
  });

  test("a form nobody knows is refused with its name", () => {
    const legend = { ...new OrderCodec().legend(), layout: { kinds: [], facts: [["hub", "smell"]], others: [] } };
    expect(() => new OrderCodec(legend as never)).toThrow("expected a known form for hub, got smell");
  });
});

const emptyOrder = (orderId: string): Order => ({
  orderId,
  first: {},
  last: {},
  facts: {},
  lastEventAt: Number.NEGATIVE_INFINITY,
  named: {},
  open: [],
  said: [],
});
