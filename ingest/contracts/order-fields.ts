import { bytesOf } from "./bytes.ts";
import { ORDER_KINDS, SIGNERS } from "./order.ts";

// The fields of an order record as the scanner looks for them.

/** How a field is spelled. Of a label many records say the same, of an id few do. */
type Form = "label" | "id" | "time" | "number" | "currency" | "traits" | readonly string[];

/** In the order of their names: the order of the canonical text. */
export const FORMS: readonly (readonly [name: string, form: Form, most?: number])[] = [
  ["carrier", "label"],
  ["category", "label"],
  ["currency", "currency"],
  ["customerId", "id"],
  ["destination", "label"],
  ["distanceM", "number", 5e7],
  ["eventId", "id"],
  ["hub", "label"],
  ["kind", ORDER_KINDS],
  ["merchantId", "label"],
  ["occurredAt", "time"],
  ["orderId", "id"],
  ["origin", "label"],
  ["promisedBy", "time"],
  ["region", "label"],
  ["service", "label"],
  ["signedBy", SIGNERS],
  ["traits", "traits"],
  ["value", "number", 1e9],
];
const place = (name: string): number => FORMS.findIndex(([known]) => known === name);
export const EVENT_ID = place("eventId");
export const OCCURRED_AT = place("occurredAt");
export const PROMISED_BY = place("promisedBy");
export const REQUIRED = (1 << place("orderId")) | (1 << place("kind")) | (1 << OCCURRED_AT);

export const [LABEL, ID, TIME, NUMBER, CURRENCY, LIST, WORD] = [0, 1, 2, 3, 4, 5, 6];
const CODES = { label: LABEL, id: ID, time: TIME, number: NUMBER, currency: CURRENCY, traits: LIST } as const;
export const CODE = FORMS.map(([, form]) => (typeof form === "string" ? CODES[form] : WORD));
export const WORDS = FORMS.map(([, form]) => new Set<unknown>(typeof form === "string" ? [] : form));
export const MOST = FORMS.map(([, , most]) => most ?? 0);
/** `,"name":` as it stands in a record, behind a comma or, with another first byte, at its beginning. */
export const NAMES = FORMS.map(([name]) => bytesOf(`,"${name}":`));
export const NAME_LENGTHS = FORMS.map(([name]) => name.length + 4);
/** The three first bytes of a name tell all names apart; found once, so that looking one up is one step. */
const hashOf = (a: number, b: number, c: number): number => (a + 2 * b + 5 * c) & 127;
const BY_HASH = new Int8Array(128).fill(-1);
for (const [field, [name]] of FORMS.entries()) {
  const hash = hashOf(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2));
  if (BY_HASH[hash] !== -1) throw new RangeError(`expected names that hash apart, got ${name} where another is`);
  BY_HASH[hash] = field;
}

/** The field whose name begins at `at`, or -1; whether it is that name is still to be looked at. */
export const fieldAt = (view: DataView, at: number): number =>
  BY_HASH[hashOf(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2))] ?? -1;
