import fc from "fast-check";
import { COMPLAINT_KINDS } from "../../ingest/contracts/complaint.ts";
import { ORDER_KINDS, TRAITS } from "../../ingest/contracts/order.ts";

/** When the tests happen: no clock is asked. */
export const NOW = Date.UTC(2026, 5, 20, 12);

export const order = (fields: object = {}): Record<string, unknown> => ({
  orderId: "O1",
  kind: "placed",
  occurredAt: "2026-06-18T10:00:00+08:00",
  ...fields,
});

export const complaint = (fields: object = {}): Record<string, unknown> => ({
  complaintId: "K1",
  customerId: "C1",
  kind: "opened",
  occurredAt: "2026-06-18T10:00:00+08:00",
  ...fields,
});

export const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** An instant of 2026 as people in some time zone write it. */
export function spelled(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const [sign, size] = [offsetMinutes < 0 ? "-" : "+", Math.abs(offsetMinutes)];
  const two = (n: number) => String(n).padStart(2, "0");
  return `${local}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: NOW });
const offset = fc.integer({ min: -12 * 60, max: 14 * 60 });
const time = fc.tuple(instant, offset, fc.constantFrom("full", "Z", "seconds")).map(([at, ahead, form]) => {
  if (form === "full") return spelled(at, ahead);
  const utc = new Date(at).toISOString();
  return form === "Z" ? utc : `${utc.slice(0, 19)}Z`;
});
const name = fc
  .string({ minLength: 1, maxLength: 10, unit: "grapheme" })
  .filter((s) => s.length <= 100 && !/[\p{Cc}\p{Cs}]/u.test(s));
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const money = fc.double({ min: 0, max: 1e9, noNaN: true });

const without = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** Orders as senders write them: mostly right, now and then with a field that is not. */
export const anyOrder = fc
  .record({
    orderId: name,
    kind: fc.constantFrom(...ORDER_KINDS),
    occurredAt: time,
    eventId: optional(name),
    region: optional(name),
    customerId: optional(name),
    merchantId: optional(name),
    category: optional(name),
    value: optional(money),
    currency: optional(fc.constantFrom("CNY", "BRL")),
    carrier: optional(name),
    promisedBy: optional(time),
    traits: optional(fc.subarray([...TRAITS])),
    distanceM: optional(fc.double({ min: 0, max: 5e7, noNaN: true })),
    shelfLife: optional(fc.record({ producedAt: time, expiresAt: time })),
  })
  .map(without);

export const anyComplaint = fc
  .record({
    complaintId: name,
    customerId: name,
    kind: fc.constantFrom(...COMPLAINT_KINDS),
    occurredAt: time,
    text: optional(fc.string({ maxLength: 200, unit: "binary" })),
    channel: optional(fc.constantFrom("form", "chat")),
    satisfaction: optional(fc.integer({ min: 1, max: 5 })),
    solved: optional(fc.boolean()),
    orderId: optional(name),
    compensation: optional(money),
  })
  .map(without);

/** Anything a field may hold that should not, or just may. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "x".repeat(129),
    "a\u0000b",
    "\ud800",
    "2026-02-30T00:00:00Z",
    "2026-06-18T24:00:00Z",
    -0,
    1.5,
    6,
    "CNY",
  ),
  fc.constantFrom(
    "2026-06-18",
    "2026-06-18T10:00:00",
    "1970-01-01T00:00:00Z",
    "2099-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ),
  fc.constantFrom(
    "2026-06-18T10:00:00.1Z",
    "2026-06-18T10:00:00.123456+08:00",
    "2026-06-18T10:00:60Z",
    "2026-6-18T10:00:00Z",
    "2026-06-18T10:00Z",
  ),
);
