import type { Trait } from "../contracts/order.ts";
import { type Carrier, carrierFor } from "./carriers.ts";
import { DAY, HOUR, startOfDay, weekday } from "./clock.ts";
import { promotionFactor, strain } from "./demand.ts";
import type { Lane } from "./network.ts";
import { chance, lognormal, mix, type Random, random } from "./random.ts";
import type { Customer, Merchant, Shop } from "./shop.ts";
import { DEMO, during, type Story } from "./story.ts";

type Service = "standard" | "express" | "next_day" | "cross_border";

/** One order and what has become of it so far. */
export type Order = {
  readonly id: string;
  /** Chance of its own, so that what happens to one order changes no other. */
  readonly r: Random;
  readonly customer: Customer;
  readonly merchant: Merchant;
  readonly carrier: Carrier;
  readonly service: Service;
  readonly traits: readonly Trait[];
  readonly value: number;
  readonly origin: string;
  readonly destination: string;
  readonly lane: Lane;
  readonly placedAt: number;
  readonly promisedBy: number;
  readonly wrongItem: boolean;
  broken: boolean;
  lost: boolean;
  /** Number of scans: one that stays the same is a parcel that does not move. */
  scans: number;
  /** Where it was last seen, for those who complain. */
  lastHub: string;
  /** Delivered, cancelled, returned or given up. */
  over: boolean;
  deliveredAt: number | undefined;
  cases: number;
};

/** Mean hours of the steps, as the shop plans them; what really happens is in `parcel.ts`. */
const PLAN = {
  payAndPack: { standard: 9, express: 5, cross_border: 14 },
  pickUp: 8,
  kmPerHour: 58,
  yard: 3.4,
  customs: 40,
  station: 9,
  /** What the shop adds to be right nearly always. */
  slack: { standard: 19, express: 14, cross_border: 48 },
  /** Added to what is placed on a weekend, when vans and couriers are fewer. */
  sunday: 7,
  /** Added for orders of the promotion. */
  promotion: 20,
} as const;

/** The n-th order of a seed, placed at `placedAt`. The same with and without disturbances. */
export function placeOrder(
  story: Story,
  shop: Shop,
  laneOf: (origin: string, destination: string) => Lane,
  n: number,
  placedAt: number,
): Order {
  const r = random(mix(story.seed, n + 1000));
  const customer = shop.customer(r);
  const merchant = shop.merchant(r);
  const { traits, price } = merchant.category;
  const value = Math.max(5, Math.round(lognormal(r, ...price) * 100) / 100);
  const worth: readonly Trait[] = value >= 1500 && !traits.includes("high_value") ? ["high_value"] : [];
  const allTraits = [...traits, ...worth];
  const carrier = carrierFor(r, traits);
  const service = serviceOf(r, allTraits, value);
  const origin = merchant.origin ?? customer.city;
  const lane = laneOf(origin, customer.city);
  const wrong = chance(r, DEMO.wrongItems.share);
  return {
    id: `DD${dayStamp(placedAt)}-${String(n).padStart(6, "0")}`,
    r,
    customer,
    merchant,
    carrier,
    service,
    traits: allTraits,
    value,
    origin,
    destination: customer.city,
    lane,
    placedAt,
    promisedBy: promise(story, lane, service, carrier.pace, placedAt),
    wrongItem:
      wrong &&
      story.disturbances &&
      merchant.id === DEMO.wrongItems.merchantId &&
      during(story, DEMO.wrongItems, placedAt),
    broken: false,
    lost: false,
    scans: 0,
    lastHub: "",
    over: false,
    deliveredAt: undefined,
    cases: 0,
  };
}

function serviceOf(r: Random, traits: readonly Trait[], value: number): Service {
  if (traits.includes("time_critical")) return "next_day";
  if (traits.includes("cross_border")) return "cross_border";
  return chance(r, traits.includes("perishable") || value > 800 ? 0.6 : 0.12) ? "express" : "standard";
}

/** The end of the day by which it should have come, with the shop's margin. */
function promise(story: Story, lane: Lane, service: Service, pace: number, placedAt: number): number {
  if (service === "next_day") return startOfDay(placedAt) + DAY + 20 * HOUR;
  const road = (lane.km / PLAN.kmPerHour + lane.hubs.length * PLAN.yard) * pace;
  const customs = service === "cross_border" ? PLAN.customs : 0;
  // The shop knows its peak: it promises less in it and while the heap is worked off.
  const full = Math.min(1, (strain(story, placedAt) - 1) / 0.35);
  const peak = PLAN.promotion * (promotionFactor(story, placedAt) > 1.5 ? 1 : full);
  const sunday = weekday(placedAt) >= 5 ? PLAN.sunday : 0;
  const hours =
    sunday + PLAN.payAndPack[service] + PLAN.pickUp + road + customs + PLAN.station + PLAN.slack[service] + peak;
  return startOfDay(placedAt + hours * HOUR) + DAY - 1000;
}

const dayStamp = (at: number): string => new Date(at + 8 * HOUR).toISOString().slice(2, 10).replaceAll("-", "");
