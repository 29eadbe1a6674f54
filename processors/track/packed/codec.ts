import type { OrderKind } from "../../../ingest/contracts/order.ts";
import { TICK_MS } from "../../shell/coarse-timers.ts";
import type { Order } from "../order.ts";
import { Bytes } from "./bytes.ts";
import { type Context, FORMS, type ValueCodec } from "./forms.ts";
import { Ids } from "./ids.ts";
import { LAYOUT, type Layout } from "./layout.ts";
import { Shapes } from "./shapes.ts";
import { readSpoken, writeSpoken } from "./spoken.ts";
import { Words } from "./words.ts";

/** A longer record is not packed: such orders are few. */
export const MOST_BYTES = 2048;

/** First time, last time where it is another, and the facts: `TOKEN + index`; the rest once. */
const LAST = 40;
const FACT = 80;
const OTHER = 160;
const LAST_EVENT = 200;
const SPOKEN = 201;
/** No event of the order has the time of this fact: it follows in the record. */
const ELSEWHERE = 255;

/** What records cannot be read without. Everything in it is only ever added to. */
export interface Legend {
  readonly layout: Layout;
  readonly epoch: number | null;
  readonly prefixes: readonly string[];
  readonly words: readonly (readonly string[])[];
  readonly said: readonly string[];
  readonly shapes: readonly string[];
}

interface Field extends Context {
  readonly name: string;
  readonly codec: ValueCodec;
}

/**
 * Orders as records of bytes, exactly: id, base time, when its timer is armed for, shape, and what the shape names.
 * Times are differences, words are numbers, and a fact that has the time of one of the order's events says which.
 */
export class OrderCodec {
  readonly ids: Ids;
  readonly #layout: Layout;
  readonly #shapes: Shapes;
  readonly #said: Words;
  readonly #facts: readonly Field[];
  readonly #others: readonly Field[];
  readonly #kindIndex: ReadonlyMap<string, number>;
  readonly #factIndex: ReadonlyMap<string, number>;
  #epoch: number | null;

  /** What `encode` was given beside the order that was decoded last. */
  armed = 0;
  readonly record = new Bytes(new Uint8Array(MOST_BYTES));
  readonly #body = new Bytes(new Uint8Array(MOST_BYTES));
  readonly #reader = new Bytes(new Uint8Array(0));
  readonly #tokens = new Uint8Array(256);
  readonly #times = new Float64Array(80);
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  readonly #factOf: ({ readonly at: number; readonly value: unknown } | undefined)[];

  constructor(legend?: Legend) {
    this.#layout = legend?.layout ?? LAYOUT;
    this.#epoch = legend?.epoch ?? null;
    this.ids = new Ids(legend?.prefixes);
    this.#said = new Words(legend?.said);
    this.#shapes = new Shapes(legend?.shapes.map((shape) => Buffer.from(shape, "base64")));
    const fields = [...this.#layout.facts, ...this.#layout.others].map(([name, form], i): Field => {
      const codec = FORMS[form];
      if (!codec) throw new Error(`expected a known form for ${name}, got ${form}`);
      return { name, codec, ids: this.ids, words: new Words(legend?.words[i]), base: 0 };
    });
    this.#facts = fields.slice(0, this.#layout.facts.length);
    this.#others = fields.slice(this.#layout.facts.length);
    this.#kindIndex = new Map(this.#layout.kinds.map((kind, i) => [kind, i]));
    this.#factIndex = new Map(this.#facts.map(({ name }, i) => [name, i]));
    this.#first = new Float64Array(this.#layout.kinds.length);
    this.#last = this.#first.slice();
    this.#factOf = new Array(this.#facts.length).fill(undefined);
  }

  legend(): Legend {
    return {
      layout: this.#layout,
      epoch: this.#epoch,
      prefixes: this.ids.prefixes.list,
      words: [...this.#facts, ...this.#others].map(({ words }) => words.list),
      said: this.#said.list,
      shapes: this.#shapes.list.map((shape) => Buffer.from(shape).toString("base64")),
    };
  }

  /**
   * Writes the order into `record`.
   * @param armed  the tick its timer is armed for, which the table wants to find again beside it; 0 for none
   * @returns its length, above MOST_BYTES when it is too long to be kept
   */
  encode(order: Order, armed: number): number {
    const tokens = this.#tokens;
    const times = this.#times;
    const body = this.#body;
    body.at = 0;
    // Also after an order that was refused halfway.
    this.#first.fill(Number.NaN);
    this.#last.fill(Number.NaN);
    this.#factOf.fill(undefined);
    let count = 0;
    let slots = 0;

    for (const kind in order.first) this.#first[this.#kind(kind)] = order.first[kind as OrderKind] as number;
    for (const kind in order.last) this.#last[this.#kind(kind)] = order.last[kind as OrderKind] as number;
    let latest = Number.NEGATIVE_INFINITY;
    for (let kind = 0; kind < this.#first.length; kind++) {
      const first = this.#first[kind] as number;
      const last = this.#last[kind] as number;
      if (Number.isNaN(last)) continue;
      tokens[count++] = kind;
      times[slots++] = first;
      if (last !== first) {
        tokens[count++] = LAST + kind;
        times[slots++] = last;
      }
      if (last > latest) latest = last;
    }
    const base = slots > 0 ? (times[0] as number) : (this.#epoch ?? 0);
    for (let slot = 1; slot < slots; slot++) body.time(times[slot] as number, times[slot - 1] as number);

    for (const name in order.facts) {
      const at = this.#factIndex.get(name);
      if (at === undefined) throw new RangeError(`expected a fact of the layout, got ${name}`);
      this.#factOf[at] = order.facts[name as keyof Order["facts"]];
    }
    for (let fact = 0; fact < this.#facts.length; fact++) {
      const known = this.#factOf[fact];
      if (known === undefined) continue;
      let slot = 0;
      while (slot < slots && times[slot] !== known.at) slot++;
      if (slot === slots) {
        slot = ELSEWHERE;
        body.time(known.at, base);
      }
      const field = this.#facts[fact] as Field;
      field.base = base;
      tokens[count++] = FACT + fact;
      tokens[count++] = slot;
      tokens[count++] = field.codec.write(body, known.value, field);
    }
    for (const [other, field] of this.#others.entries()) {
      const value = (order as unknown as Record<string, unknown>)[field.name];
      if (value === undefined) continue;
      field.base = base;
      tokens[count++] = OTHER + other;
      tokens[count++] = field.codec.write(body, value, field);
    }
    if (order.lastEventAt !== latest) {
      tokens[count++] = LAST_EVENT;
      body.double(order.lastEventAt);
    }
    if (writeSpoken(body, order, base, this.#said, this.ids)) tokens[count++] = SPOKEN;

    this.#epoch ??= base;
    const { record } = this;
    record.at = 0;
    this.ids.write(record, order.orderId);
    record.time(base, this.#epoch);
    writeArmed(record, armed, base);
    this.#shapes.write(record, tokens, count);
    const length = record.at + body.at;
    if (length <= MOST_BYTES) for (let at = 0; at < body.at; at++) record.byte(body.buf[at] as number);
    return length;
  }

  decode(buf: Uint8Array, at: number): Order {
    const from = this.#reader.on(buf, at);
    const times = this.#times;
    const orderId = this.ids.read(from);
    const base = from.readTime(this.#epoch ?? 0);
    this.armed = readArmed(from, base);
    const tokens = this.#shapes.read(from);
    const first: Partial<Record<string, number>> = {};
    const last: Partial<Record<string, number>> = {};
    const { kinds } = this.#layout;
    let latest = Number.NEGATIVE_INFINITY;
    let slots = 0;
    let next = 0;
    for (; next < tokens.length; next++) {
      const token = tokens[next] as number;
      if (token >= FACT) break;
      const time = slots === 0 ? base : from.readTime(times[slots - 1] as number);
      times[slots++] = time;
      if (time > latest) latest = time;
      const kind = kinds[token % LAST] as string;
      if (token < LAST) first[kind] = time;
      last[kind] = time;
    }
    const facts: Record<string, { readonly at: number; readonly value: unknown }> = {};
    for (; next < tokens.length; next += 3) {
      const token = tokens[next] as number;
      if (token >= OTHER) break;
      const slot = tokens[next + 1] as number;
      const known = slot === ELSEWHERE ? from.readTime(base) : (times[slot] as number);
      const field = this.#facts[token - FACT] as Field;
      field.base = base;
      facts[field.name] = { at: known, value: field.codec.read(from, tokens[next + 2] as number, field) };
    }
    const order = { orderId, first, last, facts, lastEventAt: latest, named: {}, open: [], said: [] } as Order;
    for (; next < tokens.length; next += 2) {
      const token = tokens[next] as number;
      if (token >= LAST_EVENT) break;
      const field = this.#others[token - OTHER] as Field;
      field.base = base;
      Object.assign(order, { [field.name]: field.codec.read(from, tokens[next + 1] as number, field) });
    }
    if (tokens[next] === LAST_EVENT) {
      order.lastEventAt = from.readDouble();
      next++;
    }
    if (tokens[next] === SPOKEN) readSpoken(from, order, base, this.#said, this.ids);
    return order;
  }

  /** What `encode` was given beside the order. */
  armedOf(buf: Uint8Array, at: number): number {
    const from = this.#reader.on(buf, at);
    this.ids.skip(from);
    const base = from.readTime(this.#epoch ?? 0);
    return readArmed(from, base);
  }

  /** Where the id of a record ends. */
  idEnd(buf: Uint8Array, at: number): number {
    const from = this.#reader.on(buf, at);
    this.ids.skip(from);
    return from.at;
  }

  #kind(kind: string): number {
    const index = this.#kindIndex.get(kind);
    if (index === undefined) throw new RangeError(`expected a kind of the layout, got ${kind}`);
    return index;
  }
}

/** Ticks from here on are told from that of the base time, which is a few days before: two bytes. */
const ARMED_AWAY = 2;

function writeArmed(to: Bytes, armed: number, base: number): void {
  const away = armed - Math.floor(base / TICK_MS);
  to.varint(armed === 0 ? 0 : away < 0 ? 1 : ARMED_AWAY + away);
  if (armed !== 0 && away < 0) to.varint(armed);
}

function readArmed(from: Bytes, base: number): number {
  const code = from.readVarint();
  if (code === 0) return 0;
  return code === 1 ? from.readVarint() : code - ARMED_AWAY + Math.floor(base / TICK_MS);
}
