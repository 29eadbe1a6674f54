import { bytesOf, copyBytes, isSame } from "./bytes.ts";
import { digest } from "./canonical.ts";
import { createInterner, decode } from "./intern.ts";
import { ORDER_KINDS, SIGNERS, TRAITS } from "./order.ts";
import type { OrderEvent, Reading } from "./read.ts";
import { readTimeBytes } from "./time.ts";

/** How a field is spelled. Of a label many records say the same, of an id few do. */
type Form = "label" | "id" | "time" | "number" | "currency" | "traits" | readonly string[];

/** In the order of their names: the order of the canonical text. */
const FORMS: readonly (readonly [name: string, form: Form, most?: number])[] = [
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
const EVENT_ID = place("eventId");
const OCCURRED_AT = place("occurredAt");
const PROMISED_BY = place("promisedBy");
const REQUIRED = (1 << place("orderId")) | (1 << place("kind")) | (1 << OCCURRED_AT);

const [LABEL, ID, TIME, NUMBER, CURRENCY, LIST, WORD] = [0, 1, 2, 3, 4, 5, 6];
const CODES = { label: LABEL, id: ID, time: TIME, number: NUMBER, currency: CURRENCY, traits: LIST } as const;
const CODE = FORMS.map(([, form]) => (typeof form === "string" ? CODES[form] : WORD));
const WORDS = FORMS.map(([, form]) => new Set<unknown>(typeof form === "string" ? [] : form));
const MOST = FORMS.map(([, , most]) => most ?? 0);
/** `,"name":` as it stands in a record, behind a comma or, with another first byte, at its beginning. */
const NAMES = FORMS.map(([name]) => bytesOf(`,"${name}":`));
const NAME_LENGTHS = FORMS.map(([name]) => name.length + 4);
const KNOWN_TRAITS = new Set<string>(TRAITS);

const [QUOTE, COMMA, SPACE, DOT, ZERO, BACKSLASH, DELETE] = [0x22, 0x2c, 0x20, 0x2e, 0x30, 0x5c, 0x7f];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, Z] = [0x7b, 0x7d, 0x5b, 0x5d, 0x5a];
const [ONES, BLANKS, QUOTES, BACKSLASHES, DELETES] = [0x01010101, 0x20202020, 0x22222222, 0x5c5c5c5c, 0x7f7f7f7f];
const HIGH = 0x80808080 | 0;
const MIX = 0x9e3779b1 | 0;
/** So many bytes behind a record are looked at before it is known that they are behind it. */
const SLACK = 40;

/** Longest id or label, as in fields.ts. */
const LONGEST = 128;
/** From here to 2286 a time is 13 digits of ms, as the canonical text writes it. */
const THIRTEEN_DIGITS = 1e12;
const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6];
/** So many digits come out of a double as they went in. */
const EXACT_DIGITS = 15;
/** More than all fields of an order at their longest, with their names, take. */
const TEXT_BYTES = 16 * 1024;
const PREFIX = "orders";
/** Of the contents, and the fields that the contract does not know: none. */
const END = bytesOf("}{}");

/** The three first bytes of a name tell all names apart; found once, so that looking one up is one step. */
const hashOf = (a: number, b: number, c: number): number => (a + 2 * b + 5 * c) & 127;
const BY_HASH = new Int8Array(128).fill(-1);
for (const [field, [name]] of FORMS.entries()) {
  const hash = hashOf(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2));
  if (BY_HASH[hash] !== -1) throw new RangeError(`expected names that hash apart, got ${name} where another is`);
  BY_HASH[hash] = field;
}

export interface OrderScanner {
  /** The contents of an order record, or undefined when the plain reader has to look. */
  contents(bytes: Buffer): Reading<"orders"> | undefined;
  /** The same record as an event with its name. */
  event(bytes: Buffer): OrderEvent | undefined;
}

/**
 * Reads order records without JSON.parse where they are spelled plainly: fields of the contract in any order, each once,
 * no escapes, no white space but a blank after `:` and `,`. Whatever it reads is what JSON.parse and zod would have
 * read, and its name is made from the same text; whatever it is not sure of it leaves to them. A property test holds
 * the two together.
 */
export function createOrderScanner(): OrderScanner {
  const interner = createInterner();
  const values = new Array<unknown>(FORMS.length);
  const starts = new Int32Array(FORMS.length);
  const ends = new Int32Array(FORMS.length);
  const text = new DataView(new ArrayBuffer(TEXT_BYTES));
  const texts: Buffer[] = [];
  const own = Buffer.alloc(TEXT_BYTES);
  /** The memory that the record in hand lies in: records of one batch mostly share it. */
  let memory: Buffer = own;
  let view: DataView = new DataView(own.buffer);
  let seen = 0;
  copyBytes(bytesOf(PREFIX), 0, PREFIX.length, text, 0);

  function look(into: ArrayBufferLike): void {
    if (into === view.buffer) return;
    memory = Buffer.from(into as ArrayBuffer);
    view = new DataView(into);
  }

  /** Reads all fields; false when this is no plain record. */
  function scan(bytes: Buffer): boolean {
    const length = bytes.length;
    seen = 0;
    if (length < 2 || length > TEXT_BYTES - SLACK) return false;
    let at = bytes.byteOffset;
    if (at + length + SLACK > bytes.buffer.byteLength) {
      bytes.copy(own);
      at = own.byteOffset;
      look(own.buffer);
    } else look(bytes.buffer);
    const last = at + length - 1;
    if (view.getUint8(at) !== OPEN || view.getUint8(last) !== CLOSE) return false;
    while (at + 4 < last) {
      const field = BY_HASH[hashOf(view.getUint8(at + 2), view.getUint8(at + 3), view.getUint8(at + 4))] ?? -1;
      if (
        field < 0 ||
        (seen & (1 << field)) !== 0 ||
        !isSame(view, at + 1, NAMES[field] as DataView, 1, (NAME_LENGTHS[field] as number) - 1)
      )
        return false;
      at += NAME_LENGTHS[field] as number;
      if (view.getUint8(at) === SPACE) at++;
      const end = valueEnd(at, last, field);
      if (end < 0 || end > last) return false;
      starts[field] = at;
      ends[field] = end;
      seen |= 1 << field;
      if (end === last) return (seen & REQUIRED) === REQUIRED;
      if (view.getUint8(end) !== COMMA) return false;
      // Names are looked for behind one byte, the comma or the blank behind it.
      at = view.getUint8(end + 1) === SPACE ? end + 1 : end;
    }
    return false;
  }

  /** Reads the value at `at`: where it ends, or -1. */
  function valueEnd(at: number, last: number, field: number): number {
    const code = CODE[field];
    if (code === NUMBER) return numberEnd(at, field);
    if (code === LIST) return traitsEnd(at, last, field);
    if (view.getUint8(at) !== QUOTE) return -1;
    const start = at + 1;
    if (code === TIME) {
      const utc = view.getUint8(start + 19) === Z || view.getUint8(start + 23) === Z;
      const end = start + (view.getUint8(start + 19) === DOT ? 23 : 19) + (utc ? 1 : 6);
      const ms = end < last && view.getUint8(end) === QUOTE ? readTimeBytes(view, start, end) : Number.NaN;
      if (!(ms >= THIRTEEN_DIGITS)) return -1;
      values[field] = ms;
      return end + 1;
    }
    let hash = 0;
    let end = start;
    let ascii = true;
    for (; end < last; end += 4) {
      const word = view.getInt32(end, true);
      if ((word & HIGH) !== 0) {
        ascii = false;
        break;
      }
      // The high bit of each byte that is a quote, a backslash, a delete or below a blank; the lowest is always true.
      const special =
        ((word - BLANKS) | ((word ^ QUOTES) - ONES) | ((word ^ BACKSLASHES) - ONES) | ((word ^ DELETES) - ONES)) & HIGH;
      if (special === 0) {
        hash = Math.imul(hash ^ word, MIX);
        hash ^= hash >>> 13;
        continue;
      }
      const before = (31 - Math.clz32(special & -special)) >> 3;
      hash = Math.imul(hash ^ (word & ((1 << (before << 3)) - 1)), MIX);
      end += before;
      break;
    }
    if (!ascii) {
      for (end = start, hash = 0; end < last; end++) {
        const b = view.getUint8(end);
        if (b === QUOTE) break;
        if (b < SPACE || b === BACKSLASH || b === DELETE) return -1;
        hash = (Math.imul(hash, 31) + b) | 0;
      }
    }
    // Outside of ASCII a character takes at most three bytes a unit, so this bound is never too tight.
    if (end === start || end >= last || end - start > (ascii ? LONGEST : 3 * LONGEST)) return -1;
    if (view.getUint8(end) !== QUOTE) return -1;
    const value =
      code !== ID ? interner.text(view, start, end, hash) : ascii ? latin1(start, end) : decode(view, start, end);
    if (value === undefined || value.length > LONGEST) return -1;
    if (code === WORD && !WORDS[field]?.has(value)) return -1;
    if (code === CURRENCY && !/^[A-Z]{3}$/.test(value)) return -1;
    values[field] = value;
    return end + 1;
  }

  /** Digits that a double gives back as they were written: `88.49`, not `88.490`, `8e1` or twenty of them. */
  function numberEnd(at: number, field: number): number {
    let whole = 0;
    let end = at;
    let digit = view.getUint8(end) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = view.getUint8(++end) - ZERO) whole = whole * 10 + digit;
    let digits = end - at;
    if (digits === 0 || (digits > 1 && view.getUint8(at) === ZERO)) return -1;
    let decimals = 0;
    if (view.getUint8(end) === DOT) {
      digit = view.getUint8(++end) - ZERO;
      for (; digit >= 0 && digit <= 9; digit = view.getUint8(++end) - ZERO, decimals++) whole = whole * 10 + digit;
      if (decimals === 0 || decimals > 6 || view.getUint8(end - 1) === ZERO) return -1;
      digits += decimals;
    }
    if (digits > EXACT_DIGITS) return -1;
    // Both are exact, so the quotient is the nearest double, which is what JSON.parse gives.
    const value = whole / (POWERS[decimals] as number);
    if (value > (MOST[field] as number)) return -1;
    values[field] = value;
    return end;
  }

  function traitsEnd(at: number, last: number, field: number): number {
    if (view.getUint8(at) !== OPEN_LIST) return -1;
    let end = at + 1;
    while (end < last && view.getUint8(end) !== CLOSE_LIST) end++;
    if (end === last || end - at > 200) return -1;
    const inner = latin1(at + 1, end);
    const traits = inner === "" ? [] : inner.split(",").map((item) => item.slice(1, -1));
    if (traits.length > TRAITS.length || !traits.every((trait) => KNOWN_TRAITS.has(trait))) return -1;
    if (inner !== traits.map((trait) => `"${trait}"`).join(",")) return -1;
    values[field] = traits;
    return end + 1;
  }

  const latin1 = (start: number, end: number): string => memory.toString("latin1", start, end);

  /** The digest of the canonical text of the record just read: its strings and numbers are the record's own bytes. */
  function nameOf(): string {
    let at = PREFIX.length;
    for (let field = 0; field < FORMS.length; field++) {
      if ((seen & (1 << field)) === 0 || field === EVENT_ID) continue;
      const length = NAME_LENGTHS[field] as number;
      copyBytes(NAMES[field] as DataView, 0, length, text, at);
      at += length;
      const isTime = field === OCCURRED_AT || field === PROMISED_BY;
      if (isTime) at = writeMs(text, at, values[field] as number);
      else at += copyBytes(view, starts[field] as number, ends[field] as number, text, at);
    }
    text.setUint8(PREFIX.length, OPEN);
    copyBytes(END, 0, 3, text, at);
    at += 3;
    texts[at] ??= Buffer.from(text.buffer, 0, at);
    return digest(texts[at] as Buffer);
  }

  const given = <T>(field: number): T | undefined => ((seen & (1 << field)) === 0 ? undefined : (values[field] as T));

  /** Always of one shape: whoever works with events meets the same one again and again. */
  const shaped = (
    eventId: string | undefined,
    content: string | undefined,
    extra: Record<string, unknown> | undefined,
  ): OrderEvent =>
    ({
      carrier: given(0),
      category: given(1),
      currency: given(2),
      customerId: given(3),
      destination: given(4),
      distanceM: given(5),
      hub: given(7),
      kind: given(8),
      merchantId: given(9),
      occurredAt: given(10),
      orderId: given(11),
      origin: given(12),
      promisedBy: given(13),
      region: given(14),
      service: given(15),
      signedBy: given(16),
      traits: given(17),
      value: given(18),
      eventId,
      content,
      extra,
    }) as OrderEvent;

  return {
    contents(bytes) {
      if (!scan(bytes)) return undefined;
      return { contents: shaped(undefined, undefined, undefined), eventId: given(EVENT_ID), extra: {} };
    },
    event(bytes) {
      if (!scan(bytes)) return undefined;
      const name = nameOf();
      const eventId = given<string>(EVENT_ID);
      return eventId === undefined ? shaped(name, "", {}) : shaped(eventId, name, {});
    },
  };
}

/** Writes 13 digits. */
function writeMs(text: DataView, at: number, ms: number): number {
  let high = Math.floor(ms / 1e6);
  let low = ms - high * 1e6;
  for (let i = at + 12; i >= at + 7; i--) {
    text.setUint8(i, ZERO + (low % 10));
    low = (low / 10) | 0;
  }
  for (let i = at + 6; i >= at; i--) {
    text.setUint8(i, ZERO + (high % 10));
    high = (high / 10) | 0;
  }
  return at + 13;
}
