import type { OrderEvent } from "../../ingest/contracts/read.ts";
import { extraOf } from "../shell/extra.ts";
import type { Moment } from "../shell/machine.ts";

/** An order event as a row of `order_events`. */
export function factOf(event: OrderEvent, moment: Moment): object {
  return {
    order_id: event.orderId,
    event_id: event.eventId,
    content: event.content,
    kind: event.kind,
    at: event.occurredAt,
    known_at: moment.at,
    region: event.region ?? "",
    customer_id: event.customerId ?? "",
    merchant_id: event.merchantId ?? "",
    category: event.category ?? "",
    value: event.value ?? null,
    currency: event.currency ?? (event.value === undefined ? "" : "CNY"),
    origin: event.origin ?? "",
    destination: event.destination ?? (event.kind === "placed" ? (event.region ?? "") : ""),
    carrier: event.carrier ?? "",
    service: event.service ?? "",
    hub: event.hub ?? "",
    promised_by: event.promisedBy ?? null,
    traits: event.traits ?? [],
    produced_at: event.shelfLife?.producedAt ?? null,
    expires_at: event.shelfLife?.expiresAt ?? null,
    signed_by: event.signedBy ?? "",
    distance_m: event.distanceM ?? null,
    extra: extraOf(event.extra),
    partition: moment.partition,
    offset: moment.offset,
  };
}
