import { z } from "zod";
import { currency, id, label, money, region, time } from "./fields.ts";

export const ORDER_KINDS = [
  "placed",
  "paid",
  "packed",
  "picked_up",
  "departed_hub",
  "arrived_hub",
  "customs_entered",
  "customs_cleared",
  "out_for_delivery",
  "delivery_failed",
  "delivered",
  "return_requested",
  "returned",
  "refund_requested",
  "refunded",
  "cancelled",
  "lost",
  "damaged",
  "contacted",
] as const;

export const TRAITS = ["perishable", "fragile", "high_value", "time_critical", "cross_border"] as const;
export const SIGNERS = ["self", "family", "locker", "pickup_point", "neighbour", "unknown"] as const;

/** One thing that happened to one order or its parcel, as it comes in on `tocsin.orders.v1`. */
export const orderEvent = z
  .object({
    eventId: id.optional(),
    orderId: id,
    kind: z.enum(ORDER_KINDS),
    occurredAt: time,
    region: region.optional(),
    customerId: id.optional(),
    merchantId: id.optional(),
    category: label.optional(),
    value: money.optional(),
    currency: currency.optional(),
    origin: region.optional(),
    destination: region.optional(),
    carrier: label.optional(),
    service: label.optional(),
    promisedBy: time.optional(),
    traits: z.array(z.enum(TRAITS)).max(TRAITS.length).optional(),
    shelfLife: z.object({ expiresAt: time, producedAt: time }).optional(),
    hub: label.optional(),
    signedBy: z.enum(SIGNERS).optional(),
    distanceM: z.number().min(0).max(5e7).optional(),
  })
  .meta({ id: "OrderEvent", description: "One thing that happened to one order or its parcel" });

export type OrderKind = (typeof ORDER_KINDS)[number];
export type Trait = (typeof TRAITS)[number];
