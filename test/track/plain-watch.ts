import type { OrderKind } from "../../ingest/contracts/order.ts";
import { nameOf, type Watch } from "../../processors/shell/watch.ts";
import { limitOf, type Measure, slowCustoms } from "../../processors/track/limit.ts";
import type { Order, Waiting } from "../../processors/track/order.ts";
import { shelfOf } from "../../processors/track/shelf.ts";
import { signsOf } from "../../processors/track/signoff.ts";
import { findingOf } from "../../processors/track/watch.ts";

/** What `closedAt`, `waiting` and `watches` say, said as plainly as it can be: they are held to it. */

export function plainClosedAt(order: Order): number | undefined {
  const kinds: OrderKind[] = ["delivered", "cancelled", "lost", "returned", "refunded"];
  const times = kinds.map((kind) => order.first[kind]).filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

export function plainWaiting(order: Order): Waiting | undefined {
  if (plainClosedAt(order) !== undefined) return undefined;
  const { first, last } = order;
  const latest = (...kinds: OrderKind[]) => Math.max(...kinds.map((kind) => last[kind] ?? Number.NEGATIVE_INFINITY));
  const at = (stage: Waiting["stage"], since: number, again = false) => ({ stage, since, again });
  const customs = latest("customs_entered");
  if (customs > latest("customs_cleared")) return at("customs", first.customs_entered ?? customs);
  const moved = latest("picked_up", "departed_hub", "arrived_hub", "customs_cleared");
  const lastMile = latest("out_for_delivery", "delivery_failed");
  if (lastMile > Number.NEGATIVE_INFINITY && lastMile >= moved) {
    return at("delivery", lastMile, latest("delivery_failed") === lastMile);
  }
  if (moved > Number.NEGATIVE_INFINITY) return at(latest("arrived_hub") === moved ? "hub" : "transit", moved);
  if (first.paid !== undefined) return at("pickup", first.paid);
  if (first.packed !== undefined) return at("pickup", first.packed);
  if (first.placed !== undefined) return at("payment", first.placed);
  return undefined;
}

export function plainWatches(order: Order, measure: Measure): Watch[] {
  const { policy, norms } = measure;
  const { first, last, facts } = order;
  const found: Watch[] = [];
  const add = (kind: string, since: number, due: number, stage: string, evidence: Record<string, unknown> = {}) =>
    found.push({ name: nameOf(kind, since), due, finding: findingOf(order, kind, since, due, stage, evidence) });

  if (first.lost !== undefined) add("lost", first.lost, first.lost, "");
  if (first.damaged !== undefined) add("damaged", first.damaged, first.damaged, "");
  const promise = facts.promisedBy?.value;
  const place = plainWaiting(order);
  if (place) {
    const { stage, since } = place;
    const limit = limitOf(order, place, measure);
    add(`stalled_${stage === "hub" ? "transit" : stage}`, since, limit.due, stage, limit.evidence());
    const slow = slowCustoms(order, place, measure);
    if (slow) add("slow_customs", since, slow.due, stage, slow.evidence());
    const { services, way, patience } = policy.pickup;
    const urgent =
      facts.traits?.value.includes("time_critical") || services.includes(facts.service?.value ?? "no service");
    if (promise !== undefined && stage === "pickup" && urgent && since <= promise) {
      const { service, carrier, origin, destination } = facts;
      const lane = { service: service?.value ?? "", carrier: carrier?.value ?? "" };
      const about = { ...lane, origin: origin?.value ?? "", destination: destination?.value ?? "" };
      const usual = norms.until("way", since, about, "likely");
      const due = Math.max(since + patience, promise - (usual === undefined ? way : usual.at - since));
      add("pickup_at_risk", since, due, stage, { promisedBy: promise });
    }
    const shelf = shelfOf(order, measure);
    if (shelf) add(shelf.kind, facts.expiresAt?.value ?? 0, shelf.due, stage, { ...shelf.evidence });
  }
  const over = plainClosedAt(order);
  const broken = over === undefined || (over === first.delivered && over > (promise ?? over));
  if (promise !== undefined && broken) {
    add("promise_broken", promise, promise, "", { stage: place?.stage ?? "delivered" });
  }
  const failed = first.delivery_failed;
  if (failed !== undefined) add("delivery_failed", failed, failed, "delivery");
  const again = last.delivery_failed;
  if (failed !== undefined && again !== undefined && again > failed) {
    add("delivery_failed_again", failed, again, "delivery", { again });
  }
  const signs = signsOf(order, measure);
  if (signs.size > 0 && first.delivered !== undefined) {
    const evidence = { signs: [...signs.keys()] };
    add("abnormal_signoff", first.delivered, Math.min(...signs.values()), "delivered", evidence);
  }
  const contacts = facts.contacts?.value ?? [];
  const repeated = contacts[policy.contacts - 1];
  if (repeated !== undefined) {
    add("repeated_contact", contacts[0] ?? repeated, repeated, "", { contacts: contacts.length });
  }
  return found;
}
