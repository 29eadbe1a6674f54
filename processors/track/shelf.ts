import { expectedAt, type Measure } from "./limit.ts";
import type { Order } from "./order.ts";

/** A statement about the shelf life an order arrives with. */
export interface Shelf {
  readonly kind: "perishable_at_risk" | "near_expiry";
  readonly due: number;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/**
 * Whether the goods arrive with enough life left. Said at once when the expected arrival leaves too little, else when
 * so much time has passed that even an arrival now would.
 */
export function shelfOf(order: Order, measure: Measure): Shelf | undefined {
  const { facts, first } = order;
  const expires = facts.expiresAt?.value;
  const began = first.paid ?? first.placed;
  if (expires === undefined || began === undefined) return undefined;
  const { perishableLeft, nearExpiryMonths } = measure.policy.shelfLife;
  const perishable = facts.traits?.value.includes("perishable") ?? false;
  const produced = facts.producedAt?.value;
  // Goods that never live so long are not near their end, they are fresh.
  if (!perishable && produced !== undefined && monthsAfter(produced, nearExpiryMonths) >= expires) return undefined;
  // Perishables may have just enough left; of others "so many months or less" includes the number.
  const latest = perishable ? expires - perishableLeft : monthsAfter(expires, -nearExpiryMonths) - 1;
  const expected = first.delivered ?? expectedAt(order, measure);
  const due = expected !== undefined && expected > latest ? began : latest;
  return {
    kind: perishable ? "perishable_at_risk" : "near_expiry",
    due,
    evidence: { expiresAt: expires, expectedAt: expected ?? null },
  };
}

/** The same day of the month so many months on, at most its last: shelf life is counted in calendar months. */
export function monthsAfter(ms: number, months: number): number {
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
