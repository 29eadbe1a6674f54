import type { Finding } from "../shell/finding.ts";
import { nameOf, type Opened, parseName, type Watch } from "../shell/watch.ts";
import { closedAt, type Order, waiting } from "./order.ts";
import type { TrackPolicy } from "./policy.ts";

/** Everything that may be said of the order as it stands, whether its time has come or not. */
export function watches(order: Order, policy: TrackPolicy): Watch[] {
  const found: Watch[] = [];
  const add = (kind: string, since: number, due: number, stage: string, evidence: Record<string, unknown>) =>
    found.push({ name: nameOf(kind, since), due, finding: findingOf(order, kind, since, due, stage, evidence) });

  for (const kind of ["lost", "damaged"] as const) {
    const at = order.first[kind];
    if (at !== undefined) add(kind, at, at, "", {});
  }
  const promise = order.facts.promisedBy?.value;
  const place = waiting(order);
  if (place) {
    const { stage, since } = place;
    const limitMs = policy.stalledAfter[stage];
    // A parcel stuck in a hub is as stuck as one on the road: one kind, told apart by its stage.
    add(`stalled_${stage === "hub" ? "transit" : stage}`, since, since + limitMs, stage, { limitMs });
  }
  if (promise !== undefined && brokenBy(order, promise)) {
    add("promise_broken", promise, promise, "", { stage: place?.stage ?? "delivered" });
  }
  return found;
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
      return undefined;
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
