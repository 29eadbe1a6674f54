import { aboutOf, type Measure } from "./limit.ts";
import type { Order } from "./order.ts";

/** What looks wrong with a signature. */
export const SIGNS = ["no_out_for_delivery", "too_fast", "far", "stranger", "contact_soon"] as const;
export type Sign = (typeof SIGNS)[number];

const STRANGERS = ["neighbour", "unknown"];
const POINTS = ["locker", "pickup_point"];

/** Which signs hold, each with the moment from which it does, ms. */
export function signsOf(order: Order, { policy: { signoff }, norms }: Measure): ReadonlyMap<Sign, number> {
  const signs = new Map<Sign, number>();
  const { first, last, facts } = order;
  const signed = first.delivered;
  if (signed === undefined) return signs;
  // Only where this carrier's way is scanned at all is a missing scan a sign.
  const scanned = first.arrived_hub !== undefined || first.departed_hub !== undefined;
  if (scanned && first.out_for_delivery === undefined) signs.set("no_out_for_delivery", signed + signoff.grace);
  const left = first.picked_up;
  if (left !== undefined && left <= signed) {
    const quick = signed - left < signoff.quickest || norms.tooShort("way", left, signed, aboutOf(order));
    if (quick) signs.set("too_fast", signed);
  }
  const signedBy = facts.signedBy?.value ?? "";
  const far = POINTS.includes(signedBy) ? signoff.farPointM : signoff.farM;
  if ((facts.distanceM?.value ?? 0) > far) signs.set("far", signed);
  const dear = facts.traits?.value.includes("high_value") || (facts.value?.value ?? 0) >= signoff.highValue;
  if (dear && STRANGERS.includes(signedBy)) signs.set("stranger", signed);
  const soon = facts.contacts?.value.find((at) => at >= signed && at <= signed + signoff.contactWithin);
  if (soon !== undefined && last.contacted !== undefined) signs.set("contact_soon", soon);
  return signs;
}
