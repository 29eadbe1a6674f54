import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, MAX_DEPTH } from "../../ingest/contracts/canonical.ts";
import { complaintEvent } from "../../ingest/contracts/complaint.ts";
import { orderEvent } from "../../ingest/contracts/order.ts";
import { QUICK, readQuickly } from "../../ingest/contracts/quick.ts";
import {
  eventIdOf,
  keyOf,
  MAX_RECORD_BYTES,
  readContents,
  readEvent,
  readObject,
  streamOf,
} from "../../ingest/contracts/read.ts";
import { STREAMS } from "../../ingest/contracts/topics.ts";
import { anyComplaint, anyOrder, anyValue, bytesOf, complaint, NOW, order, spelled } from "./samples.ts";

const readOrder = (fields: object) => readEvent("orders", order(fields), NOW);
const accepted = (fields: object) => {
  const outcome = readOrder(fields);
  if (outcome.kind !== "ok") throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.value;
};
const refused = (fields: object) => {
  const outcome = readOrder(fields);
  return outcome.kind === "reject" ? `${outcome.reason}: ${outcome.detail}` : outcome.kind;
};

describe("reading is total", () => {
  test("any bytes are an object or a reason", () => {
    const text = fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((s) => Buffer.from(s));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
      text,
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const object = readObject(input);
        if (object.kind === "reject") {
          expect(object.detail).not.toBe("");
          return;
        }
        streamOf(object.value);
        for (const stream of STREAMS) expect(["ok", "reject"]).toContain(readEvent(stream, object.value, NOW).kind);
      }),
    );
  });

  test("an event with any field spoilt is an event or a reason", () => {
    fc.assert(
      fc.property(anyOrder, fc.string({ unit: "binary" }), anyValue, fc.nat(), (event, name, value, pick) => {
        const names = [...Object.keys(event), name];
        const spoilt = JSON.parse(JSON.stringify({ ...event, [names[pick % names.length] as string]: value }));
        const outcome = readEvent("orders", spoilt, NOW);
        if (outcome.kind === "ok") {
          expect(Number.isInteger(outcome.value.occurredAt)).toBe(true);
          expect(keyOf("orders", outcome.value)).toBe(spoilt.orderId);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a quarter of a megabyte of brackets is refused", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const object = readObject(Buffer.from(deep));
    expect(object.kind).toBe("ok");
    const nested = JSON.parse(`{"orderId":"O1","kind":"paid","occurredAt":"2026-06-18T10:00:00Z","a":${deep}}`);
    expect(readEvent("orders", nested, NOW)).toMatchObject({ reason: "invalid", detail: /16 levels/ });
  });

  test("nesting is refused beyond its limit and not at it", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
    expect(readOrder({ a: nested(MAX_DEPTH - 1) }).kind).toBe("ok");
    expect(readOrder({ a: nested(MAX_DEPTH) })).toMatchObject({ reason: "invalid" });
  });

  test("size is refused beyond its limit and not at it", () => {
    const padded = (size: number) => Buffer.from(`{"a":"${"x".repeat(size - 8)}"}`);
    expect(padded(MAX_RECORD_BYTES).length).toBe(MAX_RECORD_BYTES);
    expect(readObject(padded(MAX_RECORD_BYTES)).kind).toBe("ok");
    expect(readObject(padded(MAX_RECORD_BYTES + 1))).toMatchObject({ reason: "too_large" });
  });
});

describe("the name of an event", () => {
  test("does not depend on the order of fields nor on the time zone they are written in", () => {
    const zones = fc.integer({ min: -720, max: 840 });
    const at = fc.integer({ min: Date.UTC(2026, 0, 1), max: NOW });
    fc.assert(
      fc.property(anyOrder, at, zones, zones, fc.nat(), (event, instant, here, there, seed) => {
        const { eventId: _, ...unnamed } = event;
        const entries = Object.entries({
          ...unnamed,
          extraField: { b: 1, a: [2] },
          occurredAt: spelled(instant, there),
        });
        const turned = [...entries.slice(seed % entries.length), ...entries.slice(0, seed % entries.length)].reverse();
        const first = readEvent(
          "orders",
          { ...unnamed, extraField: { a: [2], b: 1 }, occurredAt: spelled(instant, here) },
          NOW,
        );
        const second = readEvent("orders", Object.fromEntries(turned), NOW);
        expect(first.kind).toBe("ok");
        expect(first.kind === "ok" && first.value.eventId).toBe(second.kind === "ok" && second.value.eventId);
      }),
    );
  });

  test("differs where anything they say differs, known or not", () => {
    const ids = [{}, { region: "CN-11" }, { region: "CN-12" }, { shoe: 1 }, { shoe: 2 }, { kind: "paid" }].map(
      (fields) => accepted(fields).eventId,
    );
    const shelf = { producedAt: "2026-01-01T00:00:00Z", expiresAt: "2026-07-01T00:00:00Z" };
    ids.push(accepted({ shelfLife: shelf }).eventId, accepted({ shelfLife: { ...shelf, lot: 7 } }).eventId);
    ids.push(complaintId());
    expect(new Set(ids).size).toBe(ids.length);
    function complaintId(): string {
      const outcome = readEvent("complaints", complaint(), NOW);
      return outcome.kind === "ok" ? outcome.value.eventId : "";
    }
  });

  test("is the sender's when given, and the contents are still told apart", () => {
    const [one, two, again] = [{ region: "CN-11" }, { region: "CN-12" }, { region: "CN-11" }].map((fields) =>
      accepted({ ...fields, eventId: "E1" }),
    );
    expect([one?.eventId, two?.eventId]).toEqual(["E1", "E1"]);
    expect(one?.content).not.toBe(two?.content);
    expect(one?.content).toBe(again?.content);
    expect(accepted({}).content).toBe("");
  });

  test("is the same whether asked for early or late", () => {
    fc.assert(
      fc.property(anyOrder, (event) => {
        const [reading, full] = [readContents("orders", event, NOW), readEvent("orders", event, NOW)];
        if (reading.kind !== "ok" || full.kind !== "ok") throw new Error("expected an event");
        expect(JSON.stringify(reading.value.contents)).toBe(canonical(reading.value.contents));
        expect(eventIdOf("orders", reading.value)).toBe(full.value.eventId);
      }),
    );
  });
});

describe("unknown fields", () => {
  test("are kept as they came, whatever they are called", () => {
    const odd = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":1,"toString":"x","extra":{"a":1},"content":"c"}',
    );
    const event = accepted(odd);
    expect(Object.keys(event.extra).sort()).toEqual(["__proto__", "constructor", "content", "extra", "toString"]);
    expect(JSON.stringify(event.extra)).toContain('"__proto__":{"polluted":true}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(event.extra)).toBe(Object.prototype);
    expect(event.content).toBe("");
  });

  test("are kept where a context of another kind, or a nested object, would know them", () => {
    const promotion = {
      kind: "promotion",
      id: "P1",
      name: "618",
      from: "2026-06-18T00:00:00+08:00",
      to: "2026-06-19T00:00:00+08:00",
    };
    const read = readEvent("context", { ...promotion, hub: "HZ" }, NOW);
    expect(read.kind === "ok" && read.value.extra).toEqual({ hub: "HZ" });
    const shelfLife = { producedAt: "2026-01-01T00:00:00Z", expiresAt: "2026-07-01T00:00:00Z", lot: "L7" };
    expect(accepted({ shelfLife }).extra).toEqual({ shelfLife: { lot: "L7" } });
  });
});

describe("what is refused says what was expected and what came", () => {
  test.each([
    [{ kind: "teleported" }, /^invalid: kind: .*"placed".*got "teleported"/],
    [{ kind: undefined }, /^invalid: kind/],
    [{ orderId: 7 }, /^invalid: orderId: .*string.*7/],
    [{ orderId: "" }, /^invalid: orderId/],
    [{ orderId: "a\nb" }, /control characters/],
    [{ orderId: "a\ud800" }, /well-formed/],
    [{ occurredAt: "2026-06-18T10:00:00" }, /offset/],
    [{ occurredAt: "2026-02-30T10:00:00Z" }, /^invalid: occurredAt/],
    [{ occurredAt: "1970-01-01T00:00:00Z" }, /^time_too_old: .*2000.*1970/],
    [{ occurredAt: "2099-01-01T00:00:00Z" }, /^time_in_future: .*2026-06-20.*2099/],
    [{ promisedBy: "9999-12-31T23:59:59Z" }, /2299/],
    [{ value: -1 }, /^invalid: value/],
    [{ traits: ["heavy"] }, /^invalid: traits\.0/],
  ])("%j", (fields, message) => {
    expect(refused(fields)).toMatch(message);
  });

  test("a clock a day ahead passes, a moment more does not", () => {
    const day = 24 * 3600 * 1000;
    expect(readOrder({ occurredAt: new Date(NOW + day).toISOString() }).kind).toBe("ok");
    expect(refused({ occurredAt: new Date(NOW + day + 1).toISOString() })).toMatch(/^time_in_future/);
  });

  test("what is announced lies ahead; a forecast was issued", () => {
    const span = { from: "2027-01-01T00:00:00Z", to: "2027-01-02T00:00:00Z" };
    const capacity = { kind: "capacity", hub: "HZ", perDay: 5, ...span };
    const weather = { kind: "weather", region: "CN-33", hazard: "rain", severity: 3, ...span };
    const read = (event: object) => readEvent("context", event as Record<string, unknown>, NOW);
    expect(read(capacity).kind).toBe("ok");
    expect(read({ ...weather, issuedAt: "2026-06-20T00:00:00Z" }).kind).toBe("ok");
    expect(read({ ...weather, issuedAt: "2099-01-01T00:00:00Z" })).toMatchObject({ reason: "time_in_future" });
    expect(read({ ...capacity, from: span.to, to: span.from })).toMatchObject({ reason: "invalid" });
    expect(read({ ...capacity, region: "CN-33" })).toMatchObject({ detail: /exactly one/ });
  });
});

test("an emoji cut in two is mended in text, not refused", () => {
  const outcome = readEvent("complaints", complaint({ text: "坏了\ud83d" }), NOW);
  expect(outcome.kind === "ok" && outcome.value.text).toBe("坏了\ufffd");
});

describe("quick reading is zod's reading", () => {
  const pairs = [
    ["orders", anyOrder, orderEvent],
    ["complaints", anyComplaint, complaintEvent],
  ] as const;
  test.each(pairs)("%s", (stream, arbitrary, schema) => {
    let quickly = 0;
    fc.assert(
      fc.property(arbitrary, fc.option(anyValue), fc.nat(), (event, value, pick) => {
        const names = Object.keys(event);
        const spoilt = value === null ? event : { ...event, [names[pick % names.length] as string]: value };
        const object = JSON.parse(JSON.stringify(spoilt));
        const quick = readQuickly(QUICK[stream], object);
        if (quick === undefined) return;
        quickly++;
        const careful = schema.safeParse(object);
        if (!careful.success) throw new Error(`zod refuses: ${careful.error.message}`);
        const { eventId: _, ...contents } = careful.data;
        expect(quick).toEqual(contents);
        expect(Object.keys(quick)).toEqual(Object.keys(quick).sort());
      }),
      { numRuns: 4000 },
    );
    expect(quickly).toBeGreaterThan(300);
  });

  test("leap days are", () => {
    const on = (day: string) => readQuickly(QUICK.orders, order({ occurredAt: `${day}T00:00:00Z` }));
    expect(["2000-02-29", "2024-02-29", "2023-02-29", "2024-04-31"].map((day) => on(day) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("ordinary events are read quickly", () => {
    expect(
      readQuickly(QUICK.orders, order({ region: "CN-44", promisedBy: "2026-06-20T23:59:59.000+08:00" })),
    ).toBeDefined();
    expect(readQuickly(QUICK.complaints, complaint({ text: "没收到 😡", channel: "form" }))).toBeDefined();
  });

  test("bytes to event and back to bytes", () => {
    expect(readObject(bytesOf(order()))).toEqual({ kind: "ok", value: order() });
  });
});
