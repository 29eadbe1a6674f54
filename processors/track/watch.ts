import type { Finding } from "../shell/finding.ts";
import { nameOf, type Opened, parseName, type Watch } from "../shell/watch.ts";
import { aboutOf, limitOf, type Measure, slowCustoms } from "./limit.ts";
import { closedAt, type Order, type Waiting, waiting } from "./order.ts";
import { shelfOf } from "./shelf.ts";
import { signsOf } from "./signoff.ts";

/** Everything that may be said of the order as it stands, whether its time has come or not. */
export function watches(order: Order, measure: Measure): Watch[] {
  const { policy } = measure;
  const found: Watch[] = [];
  const add = (kind: string, since: number, due: number, stage: string, evidence: Readonly<Record<string, unknown>>) =>
    found.push({ name: nameOf(kind, since), due, finding: findingOf(order, kind, since, due, stage, evidence) });

  for (const kind of ["lost", "damaged"] as const) {
    const at = order.first[kind];
    if (at !== undefined) add(kind, at, at, "", {});
  }
  const promise = order.facts.promisedBy?.value;
  const place = waiting(order);
  if (place) {
    const { stage, since } = place;
    const limit = limitOf(order, place, measure);
    // A parcel stuck in a hub is as stuck as one on the road: one kind, told apart by its stage.
    add(`stalled_${stage === "hub" ? "transit" : stage}`, since, limit.due, stage, limit.evidence);
    const slow = slowCustoms(order, place, measure);
    if (slow) add("slow_customs", since, slow.due, stage, slow.evidence);
    const pickup = promise === undefined ? undefined : pickupDue(order, place, promise, measure);
    if (pickup !== undefined) add("pickup_at_risk", since, pickup, stage, { promisedBy: promise });
    const shelf = shelfOf(order, measure);
    if (shelf) add(shelf.kind, order.facts.expiresAt?.value ?? 0, shelf.due, stage, shelf.evidence);
  }
  if (promise !== undefined && brokenBy(order, promise)) {
    add("promise_broken", promise, promise, "", { stage: place?.stage ?? "delivered" });
  }
  const failed = order.first.delivery_failed;
  if (failed !== undefined) {
    add("delivery_failed", failed, failed, "delivery", {});
    const again = order.last.delivery_failed ?? failed;
    if (again > failed) add("delivery_failed_again", failed, again, "delivery", { again });
  }
  const signs = signsOf(order, measure);
  if (signs.size > 0 && order.first.delivered !== undefined) {
    add("abnormal_signoff", order.first.delivered, Math.min(...signs.values()), "delivered", {
      signs: [...signs.keys()],
    });
  }
  const contacts = order.facts.contacts?.value ?? [];
  const repeated = contacts[policy.contacts - 1];
  if (repeated !== undefined)
    add("repeated_contact", contacts[0] ?? repeated, repeated, "", { contacts: contacts.length });
  return found;
}

/** The last moment at which what is still not picked up can be on its way in time. */
function pickupDue(order: Order, { stage, since }: Waiting, promise: number, { policy, norms }: Measure) {
  const { services, way, patience } = policy.pickup;
  const urgent =
    order.facts.traits?.value.includes("time_critical") || services.includes(order.facts.service?.value ?? "");
  if (stage !== "pickup" || !urgent || since > promise) return undefined;
  // Picked up then, nearly all of this lane would still come in time.
  const usual = norms.until("way", since, aboutOf(order), "likely");
  return Math.max(since + patience, promise - (usual === undefined ? way : usual.at - since));
}

/** Open past its promise, or delivered after it. What was called off before it was due broke no promise. */
function brokenBy(order: Order, promise: number): boolean {
  const over = closedAt(order);
  return over === undefined || (over === order.first.delivered && over > promise);
}

/** Why an open finding no longer holds, or undefined while it does. */
export function endOf(opened: Opened, order: Order, current: readonly Watch[]): string | undefined {
  const { kind, since } = parseName(opened.name);
  const over = closedAt(order);
  switch (kind) {
    case "lost":
    case "damaged":
    case "repeated_contact":
      return undefined;
    case "delivery_failed":
    case "delivery_failed_again":
      return over === undefined ? undefined : over === order.first.delivered ? "delivered" : "closed";
    case "abnormal_signoff":
      return current.some((watch) => watch.name === opened.name) ? undefined : "corrected";
    case "perishable_at_risk":
    case "near_expiry":
      if (over !== undefined) return over === order.first.delivered ? "delivered" : "closed";
      return order.facts.expiresAt?.value === since ? undefined : "corrected";
    case "promise_broken":
      if (over !== undefined)
        return over <= since ? "corrected" : over === order.first.delivered ? "delivered" : "closed";
      return order.facts.promisedBy?.value === since ? undefined : "promise_moved";
    default: {
      if (current.some((watch) => watch.name === opened.name)) return undefined;
      // Progress that happened before the limit but was told after it: there was no stall, only silence.
      const progressed = over ?? waiting(order)?.since ?? order.lastEventAt;
      return progressed <= opened.due ? "corrected" : over !== undefined ? "closed" : "progressed";
    }
  }
}

/** A finding of this order: what it is about comes from the order as known now. */
export function findingOf(
  order: Order,
  kind: string,
  since: number,
  due: number,
  stage: string,
  evidence: Record<string, unknown>,
): Finding {
  const { facts, orderId } = order;
  return {
    kind,
    subjectKind: "order",
    subjectId: orderId,
    since,
    due,
    stage,
    evidence,
    about: {
      orderId,
      customerId: facts.customerId?.value,
      merchantId: facts.merchantId?.value,
      category: facts.category?.value,
      carrier: facts.carrier?.value,
      hub: facts.hub?.value,
      region: regionOf(order, stage),
    },
  };
}

/** The region a finding belongs to: where the parcel waits when that is known, else where it is waited for. */
function regionOf({ facts }: Order, stage: string): string | undefined {
  const place = stage === "hub" || stage === "customs" ? facts.place : stage === "pickup" ? facts.origin : undefined;
  return (place ?? facts.destination)?.value;
}
