import type { OrderKind } from "../contracts/order.ts";
import { DAY, HOUR, iso, isSunday, MINUTE, nextHour, nextOpen } from "./clock.ts";
import { strain } from "./demand.ts";
import type { OrderJson } from "./event.ts";
import { lastMile } from "./last-mile.ts";
import type { Hub } from "./network.ts";
import type { Order } from "./order.ts";
import { between, chance, lognormal } from "./random.ts";
import type { World } from "./world.ts";

/** Tells one step of an order. */
export function tell(world: World, order: Order, kind: OrderKind, now: number, more: Partial<OrderJson> = {}): void {
  world.emit({
    stream: "orders",
    at: now,
    event: { orderId: order.id, kind, occurredAt: iso(now), ...more },
  });
}

/** Tells a scan: where, by whom, at which yard or station. */
export function scan(world: World, order: Order, kind: OrderKind, now: number, hub: Hub): void {
  order.scans++;
  order.lastHub = hub.name;
  tell(world, order, kind, now, { region: hub.city, carrier: order.carrier.name, hub: hub.name });
}

const PACK_HOURS = { standard: 5, express: 2.5, next_day: 1.5, cross_border: 9 } as const;
/** Shares of all orders. */
const RATE = { unpaid: 0.02, regret: 0.01, sundaySkip: 0.1, longCustoms: 0.03, lost: 0.0018, broken: 0.004 } as const;

/** The life of one order from the moment it is placed. */
export function live(world: World, order: Order): void {
  const { agenda } = world;
  const { r, placedAt, merchant } = order;
  tell(world, order, "placed", placedAt, placed(order));
  if (chance(r, RATE.unpaid)) {
    agenda.at(placedAt + DAY, (now) => {
      order.over = true;
      tell(world, order, "cancelled", now);
    });
    return;
  }
  agenda.at(placedAt + lognormal(r, chance(r, 0.88) ? 2 : 40, 0.8) * MINUTE, (now) => {
    tell(world, order, "paid", now, { value: order.value });
    const median = PACK_HOURS[order.service] * strain(world.story, now) ** 3;
    const packing = nextOpen(now + lognormal(r, median, 0.55) * HOUR, 7, 23);
    if (chance(r, RATE.regret)) return regret(world, order, between(r, now + 10 * MINUTE, packing));
    agenda.at(packing, (at) => {
      tell(world, order, "packed", at, { region: order.origin, merchantId: merchant.id });
      agenda.at(pickUp(order, at), (picked) => {
        scan(world, order, "picked_up", picked, order.lane.from);
        fate(world, order);
        if (order.service === "cross_border") customs(world, order, picked);
        else road(world, order, picked, 0);
      });
    });
  });
}

function placed(order: Order): Partial<OrderJson> {
  const { shelfDays, name } = order.merchant.category;
  const age = shelfDays === undefined ? 0 : Math.floor(shelfDays * 0.25 * order.r());
  const producedAt = order.placedAt - age * DAY;
  return {
    region: order.destination,
    customerId: order.customer.id,
    merchantId: order.merchant.id,
    category: name,
    value: order.value,
    origin: order.origin,
    destination: order.destination,
    carrier: order.carrier.name,
    service: order.service,
    promisedBy: iso(order.promisedBy),
    ...(order.traits.length > 0 && { traits: [...order.traits] }),
    ...(shelfDays !== undefined && {
      shelfLife: { producedAt: iso(producedAt), expiresAt: iso(producedAt + shelfDays * DAY) },
    }),
  };
}

function regret(world: World, order: Order, at: number): void {
  world.agenda.at(at, (now) => {
    order.over = true;
    tell(world, order, "refund_requested", now);
    world.agenda.at(now + between(order.r, 0.2, 20) * HOUR, (then) => {
      tell(world, order, "cancelled", then);
      tell(world, order, "refunded", then, { value: order.value });
    });
  });
}

/** Vans collect at noon and in the evening; on Sundays some stay in the yard. */
function pickUp(order: Order, packed: number): number {
  const { r } = order;
  const urgent = order.service === "next_day";
  const noon = nextHour(packed, 11.5);
  const evening = nextHour(packed, 17.5);
  let at = Math.min(noon, evening) + between(r, 0, 2.5) * HOUR;
  if (isSunday(at) && !urgent && chance(r, RATE.sundaySkip)) at = nextHour(at, 12) + between(r, 0, 3) * HOUR;
  return urgent ? Math.min(at, packed + between(r, 1, 4) * HOUR) : at;
}

function fate(world: World, order: Order): void {
  const { r, carrier, traits } = order;
  order.lost = chance(r, RATE.lost * carrier.care);
  order.broken = chance(r, RATE.broken * carrier.care * (traits.includes("fragile") ? 4 : 1));
  if (!order.lost) return;
  world.agenda.at(order.promisedBy + between(r, 2, 5) * DAY, (now) => {
    order.over = true;
    tell(world, order, "lost", now, { carrier: carrier.name, hub: order.lastHub });
    world.pain.lost(order, now);
  });
}

function customs(world: World, order: Order, picked: number): void {
  const { r } = order;
  const border = { name: "深圳口岸", city: "440300" };
  world.agenda.at(picked + between(r, 5, 16) * HOUR, (entered) => {
    scan(world, order, "customs_entered", entered, border);
    const held = chance(r, RATE.longCustoms) ? between(r, 7.2, 12) * 24 : lognormal(r, 22, 0.6);
    world.agenda.at(nextOpen(entered + held * HOUR, 8, 20), (cleared) => {
      scan(world, order, "customs_cleared", cleared, border);
      road(world, order, cleared, 0);
    });
  });
}

/** On to the next yard, or to the last station. */
function road(world: World, order: Order, from: number, step: number): void {
  const { agenda } = world;
  const { lane, carrier, r } = order;
  const hub = lane.hubs[step];
  if (order.lost && step >= Math.min(1, lane.hubs.length)) return;
  const quick = order.service === "express" ? 0.88 : 1;
  const hours = (1.2 + (lane.legs[step] ?? 0) / 60) * carrier.pace * quick * lognormal(r, 1, 0.12);
  agenda.at(from + hours * HOUR, (arrived) => {
    if (hub === undefined) {
      scan(world, order, "arrived_hub", arrived, lane.to);
      if (order.broken && chance(r, 0.3)) tell(world, order, "damaged", arrived, { hub: lane.to.name });
      return lastMile(world, order, arrived);
    }
    scan(world, order, "arrived_hub", arrived, hub);
    const leaves = world.yards(hub, arrived, carrier.pace * quick, r);
    if (leaves - arrived > 15 * HOUR) world.pain.held(order, arrived);
    agenda.at(leaves, (departed) => {
      scan(world, order, "departed_hub", departed, hub);
      road(world, order, departed, step + 1);
    });
  });
}
