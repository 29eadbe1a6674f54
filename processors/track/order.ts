import type { OrderKind, Trait } from "../../ingest/contracts/order.ts";
import type { OrderEvent } from "../../ingest/contracts/read.ts";
import type { Named } from "../shell/named.ts";
import type { Spoken } from "../shell/watch.ts";
import type { Stage } from "./policy.ts";

/**
 * What is known of one order. Every field is a join (earliest, latest, or the word of the latest event that
 * said it), so events may come in any order and any number of times and end in the same state.
 */
export interface Order extends Spoken {
  readonly orderId: string;
  /** First and last time of each kind of event, ms. */
  readonly first: Partial<Record<OrderKind, number>>;
  readonly last: Partial<Record<OrderKind, number>>;
  /** What was said of the order, with the time of the event that said it. */
  readonly facts: { [K in keyof Facts]?: { at: number; value: NonNullable<Facts[K]> } };
  lastEventAt: number;
  readonly named: Named;
}

interface Facts {
  customerId: string;
  merchantId: string;
  category: string;
  origin: string;
  destination: string;
  carrier: string;
  service: string;
  hub: string;
  /** Region of the latest scan: where the parcel is, as far as anybody knows. */
  place: string;
  value: number;
  promisedBy: number;
  traits: readonly Trait[];
  producedAt: number;
  expiresAt: number;
  signedBy: string;
  distanceM: number;
  /** Times of the first few contacts by the customer, ascending. Unlike the rest these add up. */
  contacts: readonly number[];
}
const FACTS = [
  "customerId",
  "merchantId",
  "category",
  "origin",
  "destination",
  "carrier",
  "service",
  "hub",
  "value",
  "promisedBy",
  "traits",
  "signedBy",
  "distanceM",
] as const;
/** Contacts that are remembered of an order: more say nothing new. */
const CONTACTS = 8;

export const newOrder = (orderId: string): Order => ({
  orderId,
  first: {},
  last: {},
  facts: {},
  lastEventAt: Number.NEGATIVE_INFINITY,
  named: {},
  open: [],
  said: [],
});

/** Joins one event into the order. Idempotent and commutative. */
export function join(order: Order, event: OrderEvent): void {
  const { kind, occurredAt: at } = event;
  order.first[kind] = Math.min(order.first[kind] ?? Number.POSITIVE_INFINITY, at);
  order.last[kind] = Math.max(order.last[kind] ?? Number.NEGATIVE_INFINITY, at);
  order.lastEventAt = Math.max(order.lastEventAt, at);
  for (const name of FACTS) {
    const value = event[name];
    if (value !== undefined) learn(order, name, at, value);
  }
  if (event.shelfLife !== undefined) {
    learn(order, "producedAt", at, event.shelfLife.producedAt);
    learn(order, "expiresAt", at, event.shelfLife.expiresAt);
  }
  if (kind === "contacted") addContact(order, at);
  if (event.region === undefined) return;
  // On `placed` the region is the destination, on everything else it is where that happened.
  if (kind === "placed") learn(order, "destination", at, event.destination ?? event.region);
  else learn(order, "place", at, event.region);
}

function learn(order: Order, name: keyof Facts, at: number, value: NonNullable<Facts[keyof Facts]>): void {
  const old = order.facts[name];
  // Two events of the same moment that disagree: the larger word wins, whichever came first.
  if (old && (old.at > at || (old.at === at && String(old.value) >= String(value)))) return;
  if (old) {
    // Most events say what others said: nothing new is made for that.
    old.at = at;
    (old as { value: unknown }).value = value;
  } else (order.facts as Record<string, unknown>)[name] = { at, value };
}

/** The earliest of all distinct times told: a join too, since a later one never brings an earlier one back. */
function addContact(order: Order, at: number): void {
  const times = [...new Set([...(order.facts.contacts?.value ?? []), at])].sort((a, b) => a - b).slice(0, CONTACTS);
  (order.facts as Record<string, unknown>).contacts = { at: times.at(-1), value: times };
}

// What follows is asked several times for every event: plain comparisons, nothing made.

/** When the order was over, or undefined while it is open. */
export function closedAt({ first }: Order): number | undefined {
  const over = Math.min(
    first.delivered ?? Number.POSITIVE_INFINITY,
    first.cancelled ?? Number.POSITIVE_INFINITY,
    first.lost ?? Number.POSITIVE_INFINITY,
    first.returned ?? Number.POSITIVE_INFINITY,
    first.refunded ?? Number.POSITIVE_INFINITY,
  );
  return over === Number.POSITIVE_INFINITY ? undefined : over;
}

export interface Waiting {
  readonly stage: Stage;
  readonly since: number;
  /** A round of delivery failed and the next has not begun. */
  readonly again: boolean;
}

/** Where the order waits and since when, or undefined when it is over or nothing is known of its way. */
export function waiting(order: Order): Waiting | undefined {
  if (closedAt(order) !== undefined) return undefined;
  const { first, last } = order;
  const never = Number.NEGATIVE_INFINITY;
  const customs = last.customs_entered ?? never;
  const cleared = last.customs_cleared ?? never;
  if (customs > cleared) return { stage: "customs", since: first.customs_entered ?? customs, again: false };
  const hub = last.arrived_hub ?? never;
  const moved = Math.max(last.picked_up ?? never, last.departed_hub ?? never, hub, cleared);
  const failed = last.delivery_failed ?? never;
  const lastMile = Math.max(last.out_for_delivery ?? never, failed);
  if (lastMile > never && lastMile >= moved) {
    return { stage: "delivery", since: lastMile, again: failed === lastMile };
  }
  if (moved > never) return { stage: hub === moved ? "hub" : "transit", since: moved, again: false };
  if (first.paid !== undefined) return { stage: "pickup", since: first.paid, again: false };
  if (first.packed !== undefined) return { stage: "pickup", since: first.packed, again: false };
  if (first.placed !== undefined) return { stage: "payment", since: first.placed, again: false };
  return undefined;
}
