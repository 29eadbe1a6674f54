import { InputError } from "../input.ts";
import type { Located } from "./tables.ts";
import type { LocalClock, Moment } from "./time.ts";

/** What the other tables say about an order. */
export interface OrderFacts {
  readonly customerId: string;
  /** `BR-SP`, as in ISO 3166-2 and the region pack. */
  readonly state: string;
  readonly merchantId?: string;
  readonly origin?: string;
  readonly category?: string;
  readonly value?: number;
}

/** An event as a line of the file, and when it happened. */
export interface Written {
  readonly at: number;
  readonly kind: string;
  /** ISO date by the clock of the files. */
  readonly day: string;
  readonly line: string;
}

/** An order and what of it is needed to understand its reviews. */
export interface Course {
  readonly facts: OrderFacts;
  readonly promised: Moment;
  readonly delivered: Moment | undefined;
}

/** The cancellation is said this long after everything else, so that it follows what falls on the same moment. */
const AFTER_MS = 1000;

const written = (kind: string, { at, iso }: Moment, event: object): Written => ({
  at,
  kind,
  day: iso.slice(0, 10),
  line: JSON.stringify({ ...event, kind, occurredAt: iso }),
});

/**
 * The life of one order as events, each at its own time. The files give the last status of an order and not when
 * it came to be. `canceled` and `unavailable` become `cancelled` a second after the promise ran out, or after the
 * last event if that is later: nobody who lived through it is told earlier than the customer could see for
 * himself, so what the status knows does not leak into the days when the order was just waiting.
 */
export function orderEvents(
  { row, where }: Located<"orders">,
  facts: OrderFacts,
  clock: LocalClock,
): { readonly events: readonly Written[]; readonly course: Course } {
  const orderId = row.order_id;
  const moment = (text: string) => (text === "" ? undefined : clock.read(text, where));
  const placed = clock.read(row.order_purchase_timestamp, where);
  const paid = moment(row.order_approved_at);
  const handedOver = moment(row.order_delivered_carrier_date);
  const delivered = moment(row.order_delivered_customer_date);
  const promised = clock.endOfDay(row.order_estimated_delivery_date, where);
  const { customerId, state, merchantId, origin, category, value } = facts;

  const events = [
    written("placed", placed, {
      orderId,
      region: state,
      customerId,
      merchantId,
      category,
      ...(value === undefined ? {} : { value, currency: "BRL" }),
      origin,
      destination: state,
      promisedBy: promised.iso,
    }),
  ];
  if (paid) events.push(written("paid", paid, { orderId }));
  if (handedOver) events.push(written("picked_up", handedOver, { orderId, region: origin }));
  if (delivered) events.push(written("delivered", delivered, { orderId, region: state }));
  if (row.order_status === "canceled" || row.order_status === "unavailable") {
    const at = Math.max(promised.at, ...events.map((event) => event.at)) + AFTER_MS;
    events.push(written("cancelled", clock.moment(at), { orderId }));
  }
  return { events, course: { facts, promised, delivered } };
}

/** Reviews with at most this score are complaints. */
const WORST = 2;

/**
 * A review as an event at the time it was answered. One of score 1 or 2 opens a complaint; of the others only the
 * satisfaction is told, as the call-back of a complaint that was never opened: no case comes of it. The type is
 * said where it is plain to see at that moment: the parcel came late, or the promise is over and it has not come.
 */
export function reviewEvent({ row, where }: Located<"order_reviews">, course: Course, clock: LocalClock): Written {
  const answered = clock.read(row.review_answer_timestamp, where);
  const satisfaction = Number(row.review_score);
  if (![1, 2, 3, 4, 5].includes(satisfaction)) {
    throw new InputError(`${where}: expected a review_score from 1 to 5, got ${JSON.stringify(row.review_score)}`);
  }
  const { facts, promised, delivered } = course;
  const { customerId, state: region, merchantId } = facts;
  const about = {
    // Review ids repeat: one form may answer for several orders.
    complaintId: `${row.review_id}-${row.order_id}`,
    customerId,
    orderId: row.order_id,
    region,
    merchantId,
    channel: "form",
    satisfaction,
  };
  if (satisfaction > WORST) return written("called_back", answered, about);
  const arrivedBy = delivered && delivered.at <= answered.at ? delivered.at : answered.at;
  const text = [row.review_comment_title, row.review_comment_message]
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n");
  return written("opened", answered, {
    ...about,
    ...(text === "" ? {} : { text }),
    ...(arrivedBy > promised.at ? { type: "logistics" } : {}),
  });
}
