import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import { canonical, digest } from "./canonical.ts";
import { complaintEvent } from "./complaint.ts";
import { CONTEXT_FIELDS, contextEvent } from "./context.ts";
import { orderEvent } from "./order.ts";
import { type Outcome, reject } from "./outcome.ts";
import { QUICK, readQuickly } from "./quick.ts";
import { explain, timeRefusal } from "./refusal.ts";
import { createOrderScanner } from "./scan.ts";
import type { Stream } from "./topics.ts";

type Named = {
  /** Given by the sender, or made from the contents: a repeated send is one event. */
  readonly eventId: string;
  /** Digest of the contents when the sender named the event, else "" (the id says it already). */
  readonly content: string;
  /** Fields the contract does not know, as they came. */
  readonly extra: Record<string, unknown>;
};
type Fields = {
  orders: z.output<typeof orderEvent>;
  complaints: z.output<typeof complaintEvent>;
  context: z.output<typeof contextEvent>;
};
/** Events as the rest of Tocsin sees them: times in ms since 1970, unknown fields in `extra`. */
export type OrderEvent = Fields["orders"] & Named;
export type ComplaintEvent = Fields["complaints"] & Named;
export type ContextEvent = Fields["context"] & Named;
export type EventOf = { orders: OrderEvent; complaints: ComplaintEvent; context: ContextEvent };

/** What a record says, found right and not yet named. */
export interface Reading<S extends Stream = Stream> {
  /** Names in order, at every level: `JSON.stringify` of it is its canonical text. */
  readonly contents: Fields[S];
  readonly eventId: string | undefined;
  readonly extra: Record<string, unknown>;
}

const SCHEMA = { orders: orderEvent, complaints: complaintEvent, context: contextEvent } as const;
const SHELF_LIFE: ReadonlySet<string> = new Set(Object.keys(orderEvent.shape.shelfLife.unwrap().shape));
const KNOWN = {
  orders: new Set<string>(Object.keys(orderEvent.shape)),
  complaints: new Set<string>(Object.keys(complaintEvent.shape)),
  promotion: new Set<string>(CONTEXT_FIELDS.promotion),
  weather: new Set<string>(CONTEXT_FIELDS.weather),
  capacity: new Set<string>(CONTEXT_FIELDS.capacity),
} as const;

/** Largest record taken, in bytes: below every broker's default limit, above any honest event. */
export const MAX_RECORD_BYTES = 256 * 1024;

/** The bytes of one record as a JSON object, or why they are none. */
export function readObject(bytes: Buffer): Outcome<Record<string, unknown>> {
  if (bytes.length > MAX_RECORD_BYTES) {
    return reject("too_large", `expected at most ${MAX_RECORD_BYTES} bytes, got ${bytes.length}`);
  }
  if (!isUtf8(bytes)) return reject("not_json", "expected UTF-8 text");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    return reject("not_json", (error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    return reject("not_an_object", `expected a JSON object, got ${got}`);
  }
  return { kind: "ok", value: value as Record<string, unknown> };
}

/** Only caches texts: what it reads depends on the bytes alone. */
const SCANNER = createOrderScanner();

/** The bytes of one record as an event of its stream; `receivedAt` as for `readContents`. */
export function readRecord<S extends Stream>(stream: S, bytes: Buffer, receivedAt: number): Outcome<EventOf[S]> {
  const event = stream === "orders" ? SCANNER.event(bytes) : undefined;
  if (event) {
    return timeRefusal(event.occurredAt, receivedAt, false) ?? { kind: "ok", value: event as unknown as EventOf[S] };
  }
  const object = readObject(bytes);
  return object.kind === "ok" ? readEvent(stream, object.value, receivedAt) : object;
}

/** The bytes of one record held to the contract the sender named or, with none named, to the one its fields tell. */
export function readBytes(
  stream: Stream | undefined,
  bytes: Buffer,
  receivedAt: number,
): { readonly stream: Stream | undefined; readonly outcome: Outcome<Reading> } {
  const scanned = stream === undefined || stream === "orders" ? SCANNER.contents(bytes) : undefined;
  if (scanned) {
    const refused = timeRefusal(scanned.contents.occurredAt, receivedAt, false);
    return { stream: "orders", outcome: refused ?? { kind: "ok", value: scanned } };
  }
  const object = readObject(bytes);
  if (object.kind !== "ok") return { stream, outcome: object };
  const told = stream === undefined ? streamOf(object.value) : ({ kind: "ok", value: stream } as const);
  if (told.kind !== "ok") return { stream, outcome: told };
  return { stream: told.value, outcome: readContents(told.value, object.value, receivedAt) };
}

/** Which contract an object of a mixed file is held to: told by its own fields. */
export function streamOf(object: Record<string, unknown>): Outcome<Stream> {
  if ("complaintId" in object) return { kind: "ok", value: "complaints" };
  if ("orderId" in object) return { kind: "ok", value: "orders" };
  if (object.kind === "promotion" || object.kind === "weather" || object.kind === "capacity") {
    return { kind: "ok", value: "context" };
  }
  return reject("unknown_stream", "expected an orderId, a complaintId, or kind promotion, weather or capacity");
}

/**
 * Holds one JSON object to the contract of its stream, without the cost of naming it.
 * @param receivedAt  when the record was appended to the log or arrived at the edge, in ms: the same record
 *                    read again is judged the same
 */
export function readContents<S extends Stream>(
  stream: S,
  object: Record<string, unknown>,
  receivedAt: number,
): Outcome<Reading<S>> {
  const quick = isQuick(stream) ? readQuickly(QUICK[stream], object) : undefined;
  const outcome: Outcome<Reading> = quick
    ? { kind: "ok", value: { contents: quick as Reading["contents"], eventId: object.eventId as string, extra: {} } }
    : readCarefully(stream, object);
  if (outcome.kind !== "ok") return outcome;
  const { contents } = outcome.value;
  const refused = timeRefusal(timeOf(contents), receivedAt, isAhead(contents));
  return refused ?? (outcome as Outcome<Reading<S>>);
}

const isQuick = (stream: Stream): stream is keyof typeof QUICK => stream in QUICK;

function readCarefully(stream: Stream, object: Record<string, unknown>): Outcome<Reading> {
  const parsed = SCHEMA[stream].safeParse(object);
  if (!parsed.success) return reject("invalid", explain(parsed.error, object));
  const { eventId, ...fields } = parsed.data;
  const extra = unknownFields(KNOWN[stream === "context" ? (parsed.data.kind as keyof typeof KNOWN) : stream], object);
  if ("shelfLife" in fields) {
    const nested = unknownFields(SHELF_LIFE, object.shelfLife as Record<string, unknown>);
    if (Object.keys(nested).length > 0) extra.shelfLife = nested;
  }
  try {
    canonical(extra);
  } catch (error) {
    if (error instanceof RangeError) return reject("invalid", error.message);
    throw error;
  }
  const contents = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { kind: "ok", value: { contents: contents as Reading["contents"], eventId, extra } };
}

/** `fromEntries` defines fields and sets none, so a field called `__proto__` is as harmless as any other. */
const unknownFields = (known: ReadonlySet<string>, object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !known.has(name)));

/** When it happened or, of what lies ahead, when it was issued or begins; ms since 1970. */
export function timeOf(contents: Reading["contents"]): number {
  if ("occurredAt" in contents) return contents.occurredAt;
  return issuedOf(contents) ?? contents.from;
}

/** When it was issued, ms; undefined of what does not say it. */
const issuedOf = (contents: Fields["context"]): number | undefined =>
  "issuedAt" in contents ? contents.issuedAt : undefined;

/** Whether it is about later and happens when it is read. What says when it was issued happened then. */
export const isAhead = (contents: Reading["contents"]): boolean =>
  !("occurredAt" in contents) && issuedOf(contents) === undefined;

/** The name of the contents when their sender gave none. */
const digestOf = (stream: Stream, { contents, extra }: Reading): string =>
  digest(`${stream}${JSON.stringify(contents)}${canonical(extra)}`);

export const eventIdOf = (stream: Stream, reading: Reading): string => reading.eventId ?? digestOf(stream, reading);

/** One JSON object as an event of its stream; `receivedAt` as for `readContents`. */
export function readEvent<S extends Stream>(
  stream: S,
  object: Record<string, unknown>,
  receivedAt: number,
): Outcome<EventOf[S]> {
  const outcome = readContents(stream, object, receivedAt);
  if (outcome.kind !== "ok") return outcome;
  const { contents, eventId, extra } = outcome.value;
  const name = digestOf(stream, outcome.value as Reading);
  const event = Object.assign(contents, {
    eventId: eventId ?? name,
    content: eventId === undefined ? "" : name,
    extra,
  });
  return { kind: "ok", value: event as unknown as EventOf[S] };
}

/** The key that decides the partition: everything about one order, or one customer, keeps its order. */
export function keyOf<S extends Stream>(stream: S, event: Fields[S]): string {
  if (stream === "orders") return (event as Fields["orders"]).orderId;
  if (stream === "complaints") return (event as Fields["complaints"]).customerId;
  const context = event as Fields["context"];
  if (context.kind === "promotion") return context.id;
  if (context.kind === "weather") return context.region;
  return context.hub ?? context.carrier ?? context.region ?? "";
}
