import type { OrderKind } from "../../ingest/contracts/order.ts";
import type { OrderEvent } from "../../ingest/contracts/read.ts";
import { NO_NORMS } from "../../processors/shell/norms.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { join, newOrder, type Order } from "../../processors/track/order.ts";
import type { Orders } from "../../processors/track/orders.ts";
import { createPackedOrders } from "../../processors/track/packed/table.ts";
import { trackPolicy } from "../../processors/track/policy.ts";

/**
 * Open orders such as a shop has: numbered ids of orders and customers, 20,000 merchants, 340 cities, 900 hubs,
 * times to the millisecond; half are on the road, a fifth in a hub, a tenth waits to be paid.
 */
export type IdStyle = "numbered" | "uuid";

const START = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const STEPS: readonly OrderKind[] = ["placed", "paid", "picked_up", "arrived_hub"];
/** How many orders come this far, of ten. */
const REACH = [10, 9, 7, 2] as const;
/** Orders come in groups as in life: all of a group are placed before the first goes on. */
const GROUP = 250_000;

/** A number of 32 bits made of another: the same population in every run. */
export function scramble(n: number): number {
  let x = Math.imul(n ^ (n >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function idOf(n: number, letter: string, style: IdStyle): string {
  if (style === "numbered") return `${letter}${String(scramble(n)).padStart(10, "0")}`;
  const hex = [1, 2, 3, 4]
    .map((part) =>
      scramble(n * 5 + part)
        .toString(16)
        .padStart(8, "0"),
    )
    .join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The event of an order's step; steps after the last of its life are scans in ever other hubs. */
export function eventOf(order: number, step: number, style: IdStyle): OrderEvent {
  const luck = scramble(order);
  // Orders come evenly over three days, and every step takes some hours.
  const placed = START + (luck % (3 * DAY));
  const occurredAt = step === 0 ? placed : placed + step * 5 * 3_600_000 + (scramble(order + step) % 7_200_000);
  const kind = STEPS[step] ?? (step % 2 === 0 ? "departed_hub" : "arrived_hub");
  const city = (salt: number) => `${110_000 + (scramble(order + salt) % 340) * 100}`;
  const common = {
    orderId: idOf(order, "SO-", style),
    kind,
    occurredAt,
    eventId: "",
    content: "",
    extra: {},
    ...(step >= 2 && {
      region: city(step),
      hub: `hub-${scramble(order + step) % 900}`,
      carrier: `carrier-${luck % 8}`,
    }),
  };
  if (step > 0) return common;
  return {
    ...common,
    customerId: idOf(order >>> 1, "C", style),
    merchantId: `merchant-${luck % 20_000}`,
    category: `category-${luck % 40}`,
    value: (luck % 50_000) / 100,
    region: city(7),
    origin: city(8),
    service: luck % 3 === 0 ? "express" : "standard",
    promisedBy: Math.ceil(placed / DAY) * DAY + 3 * DAY,
  };
}

/** One partition's machine and the table in it; what it says is thrown away. */
export function createPopulation(style: IdStyle) {
  let orders: Orders | undefined;
  let dueOf: ((order: Order) => number) | undefined;
  const machine = createTrack(trackPolicy.parse(undefined), "bench", NO_NORMS, (due) => {
    dueOf = due;
    orders = createPackedOrders(due);
    return orders;
  });
  const out = () => {};
  const moment = { partition: 0, offset: 0, at: START };
  function put(order: Order): void {
    if (orders && dueOf) orders.put(order, dueOf(order));
  }
  return {
    machine,
    apply(order: number, step: number): void {
      machine.apply(eventOf(order, step, style), moment, out);
    },
    /** Every order is kept as it was placed and again as it came to be; stops after each so that one can look. */
    *fill(count: number): Iterable<void> {
      for (let from = 0; from < count; from += GROUP) {
        for (const grown of [false, true]) {
          for (let n = from; n < Math.min(count, from + GROUP); n++) {
            const order = newOrder(idOf(n, "SO-", style));
            const steps = grown ? REACH.filter((reach) => scramble(n) % 10 < reach).length : 1;
            for (let step = 0; step < steps; step++) join(order, eventOf(n, step, style));
            if (grown && steps === 1) continue;
            put(order);
            yield;
          }
        }
      }
    },
  };
}
