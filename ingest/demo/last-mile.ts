import { DAY, HOUR, hourOfDay, isSunday, MINUTE, nextHour, nextOpen, startOfDay } from "./clock.ts";
import { strain } from "./demand.ts";
import type { Order } from "./order.ts";
import { scan, tell } from "./parcel.ts";
import { between, chance, exponential, lognormal, type Random } from "./random.ts";
import { DEMO, during } from "./story.ts";
import type { World } from "./world.ts";

/** Shares of delivery rounds. Rain is what a day of it does to a round in its region. */
const RATE = { postponed: 0.025, sunday: 0.06, strained: 0.3, rained: 0.85, absent: 0.035, rainAbsent: 0.25 } as const;
const SIGNERS = [
  { by: "self", upTo: 0.45, metres: 18 },
  { by: "family", upTo: 0.55, metres: 20 },
  { by: "locker", upTo: 0.77, metres: 110 },
  { by: "pickup_point", upTo: 0.94, metres: 320 },
  { by: "neighbour", upTo: 0.97, metres: 40 },
  { by: "unknown", upTo: 1, metres: 90 },
] as const;
const RETURN_SHARE = 0.04;

/** From the last station to the door: rounds in the morning and the afternoon, some in vain. */
export function lastMile(world: World, order: Order, arrived: number, tries = 0): void {
  const { agenda } = world;
  const { r, lane } = order;
  let out = nextRound(arrived, r);
  for (let days = 0; days < 5 && chance(r, postponed(world, order, out)); days++) {
    out = nextHour(startOfDay(out) + DAY, 8) + between(r, 0, 1.5) * HOUR;
  }
  agenda.at(out, (started) => {
    scan(world, order, "out_for_delivery", started, lane.to);
    const wet = raining(world, order, started);
    const hours = Math.min(wet ? 9 : 6, 0.4 + exponential(r, wet ? 3.6 : 1.8));
    const ends = Math.min(started + hours * HOUR, startOfDay(started) + 21.9 * HOUR);
    agenda.at(ends, (now) => {
      if (!chance(r, wet ? RATE.rainAbsent : RATE.absent)) return deliver(world, order, now);
      scan(world, order, "delivery_failed", now, lane.to);
      if (tries < 2) return lastMile(world, order, startOfDay(now) + DAY, tries + 1);
      order.over = true;
      agenda.at(now + between(r, 2, 4) * DAY, (back) => tell(world, order, "returned", back, { hub: lane.from.name }));
    });
  });
}

function nextRound(arrived: number, r: Random): number {
  const hour = hourOfDay(arrived);
  const afternoon = hour >= 7.5 && hour < 13.5 && !isSunday(arrived);
  return nextHour(arrived, afternoon ? 14 : 7.5) + between(r, 0, 1.5) * HOUR;
}

const raining = (world: World, order: Order, at: number): boolean =>
  world.story.disturbances &&
  during(world.story, DEMO.rain, at) &&
  world.regions.rollUp(order.destination, 1)?.code === DEMO.rain.region;

/** The chance that a round leaves without this parcel. */
function postponed(world: World, order: Order, out: number): number {
  if (raining(world, order, out)) return RATE.rained;
  if (order.service === "next_day") return RATE.postponed / 2;
  return RATE.postponed + (isSunday(out) ? RATE.sunday : 0) + RATE.strained * Math.max(0, strain(world.story, out) - 1);
}

function deliver(world: World, order: Order, now: number): void {
  const { r } = order;
  const draw = r();
  const signer = SIGNERS.find(({ upTo }) => draw < upTo) ?? SIGNERS[0];
  const astray = chance(r, 0.003);
  const distanceM = Math.round(lognormal(r, astray ? 2600 : signer.metres, 0.5));
  order.over = true;
  order.deliveredAt = now;
  tell(world, order, "delivered", now, {
    region: order.destination,
    carrier: order.carrier.name,
    signedBy: signer.by,
    distanceM,
  });
  world.pain.delivered(order, now, astray);
  if (chance(r, RETURN_SHARE)) giveBack(world, order, now);
}

function giveBack(world: World, order: Order, delivered: number): void {
  const { agenda } = world;
  const { r } = order;
  agenda.at(nextOpen(delivered + exponential(r, 2) * DAY + 20 * MINUTE, 8, 23), (asked) => {
    tell(world, order, "return_requested", asked);
    agenda.at(asked + between(r, 0.7, 3) * DAY, (back) => {
      tell(world, order, "returned", back, { region: order.origin });
      agenda.at(back + between(r, 1, 30) * HOUR, (now) => tell(world, order, "refunded", now, { value: order.value }));
    });
  });
}
