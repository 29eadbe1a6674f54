import type { Finding } from "../shell/finding.ts";
import { nameOf, type Opened, parseName, type Watch } from "../shell/watch.ts";
import { aboutOf, Limit, limitOf, type Measure, slowCustoms } from "./limit.ts";
import { closedAt, type Order, type Waiting, waiting } from "./order.ts";
import type { Stage } from "./policy.ts";
import { shelfOf } from "./shelf.ts";
import { signsOf } from "./signoff.ts";

type Evidence = Readonly<Record<string, unknown>>;

/** Said of nearly no order: what names it and what it says is made when somebody asks. */
class OrderWatch implements Watch {
  readonly due: number;
  readonly #order: Order;
  readonly #kind: string;
  readonly #since: number;
  readonly #stage: string;
  readonly #evidence: Evidence | Limit;
  #name: string | undefined;

  constructor(order: Order, kind: string, since: number, due: number, stage: string, evidence: Evidence | Limit) {
    this.due = due;
    this.#order = order;
    this.#kind = kind;
    this.#since = since;
    this.#stage = stage;
    this.#evidence = evidence;
  }

  get name(): string {
    this.#name ??= nameOf(this.#kind, this.#since);
    return this.#name;
  }

  get finding(): Finding {
    const evidence = this.#evidence instanceof Limit ? this.#evidence.evidence() : this.#evidence;
    return findingOf(this.#order, this.#kind, this.#since, this.due, this.#stage, evidence);
  }
}

const NOTHING: Evidence = {};
const STALLED: Readonly<Record<Stage, string>> = {
  payment: "stalled_payment",
  pickup: "stalled_pickup",
  transit: "stalled_transit",
  // A parcel stuck in a hub is as stuck as one on the road: one kind, told apart by its stage.
  hub: "stalled_transit",
  customs: "stalled_customs",
  delivery: "stalled_delivery",
};

/** Everything that may be said of the order as it stands, whether its time has come or not; good until it changes. */
export function watches(order: Order, measure: Measure): Watch[] {
  const { first, last, facts } = order;
  const found: Watch[] = [];
  if (first.lost !== undefined) found.push(new OrderWatch(order, "lost", first.lost, first.lost, "", NOTHING));
  if (first.damaged !== undefined)
    found.push(new OrderWatch(order, "damaged", first.damaged, first.damaged, "", NOTHING));
  const promise = facts.promisedBy?.value;
  const place = waiting(order);
  if (place) watchPlace(found, order, place, promise, measure);
  if (promise !== undefined && brokenBy(order, promise)) {
    const evidence = { stage: place?.stage ?? "delivered" };
    found.push(new OrderWatch(order, "promise_broken", promise, promise, "", evidence));
  }
  const failed = first.delivery_failed;
  if (failed !== undefined) {
    found.push(new OrderWatch(order, "delivery_failed", failed, failed, "delivery", NOTHING));
    const again = last.delivery_failed ?? failed;
    if (again > failed)
      found.push(new OrderWatch(order, "delivery_failed_again", failed, again, "delivery", { again }));
  }
  if (first.delivered !== undefined) {
    const signs = signsOf(order, measure);
    if (signs.size > 0) {
      const due = Math.min(...signs.values());
      const evidence = { signs: [...signs.keys()] };
      found.push(new OrderWatch(order, "abnormal_signoff", first.delivered, due, "delivered", evidence));
    }
  }
  const contacts = facts.contacts?.value;
  const repeated = contacts?.[measure.policy.contacts - 1];
  if (contacts && repeated !== undefined) {
    const evidence = { contacts: contacts.length };
    found.push(new OrderWatch(order, "repeated_contact", contacts[0] ?? repeated, repeated, "", evidence));
  }
  return found;
}

/** What may be said of an order that waits somewhere. */
function watchPlace(found: Watch[], order: Order, place: Waiting, promise: number | undefined, measure: Measure): void {
  const { stage, since } = place;
  const limit = limitOf(order, place, measure);
  found.push(new OrderWatch(order, STALLED[stage], since, limit.due, stage, limit));
  const slow = slowCustoms(order, place, measure);
  if (slow) found.push(new OrderWatch(order, "slow_customs", since, slow.due, stage, slow));
  const pickup = promise === undefined ? undefined : pickupDue(order, place, promise, measure);
  if (pickup !== undefined)
    found.push(new OrderWatch(order, "pickup_at_risk", since, pickup, stage, { promisedBy: promise }));
  const shelf = shelfOf(order, measure);
  const expires = order.facts.expiresAt?.value ?? 0;
  if (shelf) found.push(new OrderWatch(order, shelf.kind, expires, shelf.due, stage, shelf.evidence));
}

/** The last moment at which what is still not picked up can be on its way in time. */
function pickupDue(order: Order, { stage, since }: Waiting, promise: number, { policy, norms }: Measure) {
  if (stage !== "pickup" || since > promise) return undefined;
  const { services, way, patience } = policy.pickup;
  const urgent =
    order.facts.traits?.value.includes("time_critical") || services.includes(order.facts.service?.value ?? "");
  if (!urgent) return undefined;
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
  evidence: Evidence,
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
