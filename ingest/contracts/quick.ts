import { CHANNELS, COMPLAINT_KINDS } from "./complaint.ts";
import { ORDER_KINDS, SIGNERS, TRAITS } from "./order.ts";
import { readTime } from "./time.ts";

/** A field as zod would give it back, or undefined when only zod can tell. */
type Reader = (value: unknown) => unknown;
/** In the order of their names, so that `JSON.stringify` of what is read is its canonical text. */
type Readers = readonly (readonly [name: string, read: Reader])[];

/** Control characters and lone surrogates. */
const UNUSUAL = /[\p{Cc}\p{Cs}]/u;
const SURROGATE = /\p{Cs}/u;
const id: Reader = (value) =>
  typeof value === "string" && value.length >= 1 && value.length <= 128 && !UNUSUAL.test(value) ? value : undefined;
const prose: Reader = (value) =>
  typeof value === "string" && value.length <= 20_000 && !SURROGATE.test(value) ? value : undefined;
const oneOf = (values: readonly string[]): Reader => {
  const known = new Set<unknown>(values);
  return (value) => (known.has(value) ? value : undefined);
};
const number =
  (least: number, most: number): Reader =>
  (value) =>
    typeof value === "number" && value >= least && value <= most ? value : undefined;

const currency: Reader = (value) => (typeof value === "string" && /^[A-Z]{3}$/.test(value) ? value : undefined);

const KNOWN_TRAITS = new Set<unknown>(TRAITS);

const byName = (readers: Record<string, Reader>): Readers =>
  Object.entries(readers).sort(([a], [b]) => (a < b ? -1 : 1));

interface Quick {
  readonly required: readonly string[];
  readonly readers: Readers;
}

/** The fields that most events have; an event with any other field is zod's to read. */
export const QUICK: { readonly orders: Quick; readonly complaints: Quick } = {
  orders: {
    required: ["orderId", "kind", "occurredAt"],
    readers: byName({
      orderId: id,
      kind: oneOf(ORDER_KINDS),
      occurredAt: readTime,
      region: id,
      customerId: id,
      merchantId: id,
      category: id,
      value: number(0, 1e9),
      currency,
      origin: id,
      destination: id,
      carrier: id,
      service: id,
      promisedBy: readTime,
      hub: id,
      signedBy: oneOf(SIGNERS),
      traits: (value) =>
        Array.isArray(value) && value.length <= TRAITS.length && value.every((trait) => KNOWN_TRAITS.has(trait))
          ? value
          : undefined,
      distanceM: number(0, 5e7),
    }),
  },
  complaints: {
    required: ["complaintId", "customerId", "kind", "occurredAt"],
    readers: byName({
      complaintId: id,
      customerId: id,
      kind: oneOf(COMPLAINT_KINDS),
      occurredAt: readTime,
      orderId: id,
      channel: oneOf(CHANNELS),
      text: prose,
      type: id,
      cause: id,
      merchantId: id,
      carrier: id,
      agentId: id,
      region: id,
      satisfaction: (value) => (Number.isInteger(value) ? number(1, 5)(value) : undefined),
      solved: (value) => (typeof value === "boolean" ? value : undefined),
    }),
  },
};

/**
 * Reads an ordinary event several times faster than zod, which stays the judge: whatever is not plainly right
 * here is read again by zod, and the two are held equal by a property test.
 * @returns the contents without the eventId, their names in order, or undefined when zod has to look
 */
export function readQuickly(quick: Quick, object: Record<string, unknown>): Record<string, unknown> | undefined {
  const contents: Record<string, unknown> = {};
  let found = object.eventId === undefined ? 0 : 1;
  if (found === 1 && id(object.eventId) === undefined) return undefined;
  for (const [name, read] of quick.readers) {
    const value = object[name];
    if (value === undefined) continue;
    const got = read(value);
    if (got === undefined) return undefined;
    contents[name] = got;
    found++;
  }
  if (found !== Object.keys(object).length) return undefined;
  return quick.required.every((name) => contents[name] !== undefined) ? contents : undefined;
}
