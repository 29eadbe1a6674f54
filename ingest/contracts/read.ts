import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import { canonical, digest } from "./canonical.ts";
import { complaintEvent } from "./complaint.ts";
import { contextEvent } from "./context.ts";
import { orderEvent } from "./order.ts";
import { type Outcome, type Reject, reject } from "./outcome.ts";
import type { Stream } from "./topics.ts";

type Named = {
  /** Given by the sender, or made from the contents: a repeated send is one event. */
  readonly eventId: string;
  /** Digest of the contents when the sender named the event, else "" (the id says it already). */
  readonly content: string;
  /** Fields the contract does not know, as they came. */
  readonly extra: Record<string, unknown>;
};
/** Events as the rest of Tocsin sees them: times in ms since 1970, unknown fields in `extra`. */
export type OrderEvent = z.output<typeof orderEvent> & Named;
export type ComplaintEvent = z.output<typeof complaintEvent> & Named;
export type ContextEvent = z.output<typeof contextEvent> & Named;
export type EventOf = { orders: OrderEvent; complaints: ComplaintEvent; context: ContextEvent };

const SCHEMA = { orders: orderEvent, complaints: complaintEvent, context: contextEvent } as const;

/** Largest record taken, in bytes: below every broker's default limit, above any honest event. */
export const MAX_RECORD_BYTES = 256 * 1024;
const OLDEST = Date.UTC(2000, 0, 1);
/** How far a sender's clock may run ahead of ours, in ms. A wild time would drag the watermark with it. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;

const known: Record<Stream, ReadonlySet<string>> = {
  orders: new Set(Object.keys(orderEvent.shape)),
  complaints: new Set(Object.keys(complaintEvent.shape)),
  context: new Set(contextEvent.options.flatMap((option) => Object.keys(option.shape))),
};

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
 * One JSON object as an event of its stream.
 * @param receivedAt  when the record was appended to the log or arrived at the edge, in ms: the same record
 *                    read again is judged the same
 */
export function readEvent<S extends Stream>(
  stream: S,
  object: Record<string, unknown>,
  receivedAt: number,
): Outcome<EventOf[S]> {
  const parsed = SCHEMA[stream].safeParse(object);
  if (!parsed.success) return reject("invalid", explain(parsed.error));
  const event = parsed.data;
  const refused = timeRefusal("occurredAt" in event ? event.occurredAt : event.from, receivedAt, stream);
  if (refused) return refused;
  const extra = Object.fromEntries(Object.entries(object).filter(([key]) => !known[stream].has(key)));
  const { eventId, ...contents } = event;
  try {
    const content = digest(`${stream}${canonical(contents)}${canonical(extra)}`);
    const named = { ...contents, eventId: eventId ?? content, content: eventId === undefined ? "" : content, extra };
    return { kind: "ok", value: named as unknown as EventOf[S] };
  } catch (error) {
    if (error instanceof RangeError) return reject("invalid", error.message);
    throw error;
  }
}

function timeRefusal(at: number, receivedAt: number, stream: Stream): Reject | undefined {
  if (at < OLDEST) return reject("time_too_old", `expected a time from 2000 on, got ${new Date(at).toISOString()}`);
  // What is announced (a promotion, a forecast) lies ahead by nature.
  if (stream !== "context" && at > receivedAt + MAX_AHEAD_MS) {
    const [got, limit] = [at, receivedAt].map((ms) => new Date(ms).toISOString());
    return reject("time_in_future", `expected at most a day after its arrival at ${limit}, got ${got}`);
  }
  return undefined;
}

function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "record"}: ${issue.message}`)
    .join("; ");
}

/** The key that decides the partition: everything about one order, or one customer, keeps its order. */
export function keyOf<S extends Stream>(stream: S, event: EventOf[S]): string {
  if (stream === "orders") return (event as OrderEvent).orderId;
  if (stream === "complaints") return (event as ComplaintEvent).customerId;
  const context = event as ContextEvent;
  if (context.kind === "promotion") return context.id;
  if (context.kind === "weather") return context.region;
  return context.hub ?? context.carrier ?? context.region ?? "";
}
