import type { Lane, Seller } from "./places.ts";

/** Kinds that show the parcel to be in the carrier's hands. */
const MOVING = new Set([
  "picked_up",
  "departed_hub",
  "arrived_hub",
  "customs_entered",
  "customs_cleared",
  "out_for_delivery",
  "delivery_failed",
]);
const OVER = new Set(["delivered", "cancelled", "lost", "returned", "refunded"]);

export type CourseStage = "payment" | "pickup" | "transit" | "hub" | "customs" | "delivery";

/** What is told of an order, in the order in which it became known. Times in ms; "" and null are unknown. */
export interface OrderFact {
  readonly orderId: string;
  readonly kind: string;
  readonly at: number;
  readonly knownAt: number;
  readonly origin: string;
  readonly destination: string;
  readonly merchant: string;
  readonly carrier: string;
  readonly category: string;
  readonly customer: string;
  readonly value: number | null;
  readonly promisedBy: number | null;
}

/** One order as far as it is known. Times in ms; NaN for what has not happened. Repeated facts change nothing. */
export interface Course {
  readonly orderId: string;
  placed: number;
  paid: number;
  handedOver: number;
  /** Latest sign of life. */
  moved: number;
  /** Distinct kinds heard of. */
  readonly kinds: Set<string>;
  readonly last: { kind: string; at: number };
  promised: number;
  /** When the event was that said the promise. */
  promisedAt: number;
  origin: string;
  destination: string;
  merchant: string;
  carrier: string;
  category: string;
  customer: string;
  value: number;
  /** When it was over, and whether that was a delivery. */
  closed: number;
  delivered: number;
  /** Where it is counted, once somebody asked; what is told anew may move it. */
  lane: Lane | undefined;
  seller: Seller | undefined;
}

export const newCourse = (orderId: string): Course => ({
  orderId,
  placed: Number.NaN,
  paid: Number.NaN,
  handedOver: Number.NaN,
  moved: Number.NEGATIVE_INFINITY,
  kinds: new Set(),
  last: { kind: "", at: Number.NEGATIVE_INFINITY },
  promised: Number.NaN,
  promisedAt: Number.NEGATIVE_INFINITY,
  origin: "",
  destination: "",
  merchant: "",
  carrier: "",
  category: "",
  customer: "",
  value: Number.NaN,
  closed: Number.NaN,
  delivered: Number.NaN,
  lane: undefined,
  seller: undefined,
});

const earliest = (a: number, b: number): number => (Number.isNaN(a) ? b : Math.min(a, b));

/** Joins a fact into its course; what was said of the order first stays, but for the promise: its latest word holds. */
export function joinFact(course: Course, fact: OrderFact): void {
  const { kind, at } = fact;
  course.kinds.add(kind);
  course.moved = Math.max(course.moved, at);
  if (at > course.last.at || (at === course.last.at && kind > course.last.kind))
    Object.assign(course.last, { kind, at });
  if (kind === "placed") course.placed = earliest(course.placed, at);
  if (kind === "paid") course.paid = earliest(course.paid, at);
  if (MOVING.has(kind)) course.handedOver = earliest(course.handedOver, at);
  if (OVER.has(kind)) course.closed = earliest(course.closed, at);
  if (kind === "delivered") course.delivered = earliest(course.delivered, at);
  if (fact.promisedBy !== null && at >= course.promisedAt) {
    course.promised = fact.promisedBy;
    course.promisedAt = at;
  }
  if (!(course.origin && course.destination && course.carrier)) course.lane = undefined;
  if (!course.merchant) course.seller = undefined;
  course.origin ||= fact.origin;
  course.destination ||= fact.destination;
  course.merchant ||= fact.merchant;
  course.carrier ||= fact.carrier;
  course.category ||= fact.category;
  course.customer ||= fact.customer;
  if (Number.isNaN(course.value) && fact.value !== null) course.value = fact.value;
}

/** Where an open order waits. */
export function stageOf({ handedOver, paid, last }: Course): CourseStage {
  if (Number.isNaN(handedOver)) return Number.isNaN(paid) ? "payment" : "pickup";
  if (last.kind === "customs_entered") return "customs";
  if (last.kind === "arrived_hub") return "hub";
  if (last.kind === "out_for_delivery" || last.kind === "delivery_failed") return "delivery";
  return "transit";
}
