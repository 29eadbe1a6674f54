import type { Step } from "./steps.ts";

/** What flows: handed over to a carrier, out of a hub, into one, through customs, to the door; and scans of any kind. */
export const STAGES = ["handover", "departure", "arrival", "customs", "delivery", "scans"] as const;
export type Stage = (typeof STAGES)[number];
export const DIMENSIONS = ["all", "carrier", "region", "hub", "lane"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A series something counts for: `stage|dimension|value`. */
export type Key = string;
export const keyOf = (stage: Stage, dimension: Dimension, value: string): Key => `${stage}|${dimension}|${value}`;
export const placeOf = (dimension: string, value: string): string => `${dimension}|${value}`;

/** What one known hour did to the counts. Hours are hours since 1970. */
export interface Movement {
  readonly hour: number;
  /** Passed a stage; began to wait for it; waits no more, since `entered`. */
  readonly what: "passed" | "entered" | "left";
  readonly entered: number;
  readonly keys: readonly Key[];
  readonly carrier: string;
  /** When it happened, ms. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;
const OVER = new Set(["delivered", "cancelled", "lost", "returned", "refunded"]);
const SCANS = new Set([
  "picked_up",
  "departed_hub",
  "arrived_hub",
  "customs_entered",
  "customs_cleared",
  "out_for_delivery",
  "delivery_failed",
  "delivered",
]);

interface Waiting {
  readonly entered: number;
  readonly keys: readonly Key[];
}

/**
 * Movements of the steps that became known from `from` on. What is said of an order later changes nothing earlier.
 * @param steps  whole histories, by order, as they became known
 * @param top    the watched region at the top above a region
 */
export function* movements(steps: Iterable<Step>, from: number, top: (region: string) => string): Generator<Movement> {
  let order: ReturnType<typeof follow> | undefined;
  let orderId: string | undefined;
  for (const step of steps) {
    if (step.orderId !== orderId) {
      orderId = step.orderId;
      order = follow(top);
    }
    const moved = order?.(step) ?? [];
    if (step.known >= from) yield* moved;
  }
}

/** One order: takes its steps one by one. */
function follow(top: (region: string) => string): (step: Step) => Movement[] {
  const waits = new Map<string, Waiting>();
  const passed = new Set<string>();
  let [origin, destination, carrier, lastHub] = ["", "", "", ""];
  let over = false;

  return (step) => {
    const { kind, hub, at } = step;
    origin = step.origin === "" ? origin : top(step.origin);
    destination =
      step.destination !== ""
        ? top(step.destination)
        : kind === "placed" && step.region !== ""
          ? top(step.region)
          : destination;
    carrier = step.carrier || carrier;
    const hour = Math.floor(step.known / HOUR_MS);
    const moved: Movement[] = [];
    const keys = (stage: Stage, places: Partial<Record<Dimension, string>>): Key[] =>
      DIMENSIONS.flatMap((dimension) => (places[dimension] ? [keyOf(stage, dimension, places[dimension])] : []));
    const lane = origin && destination ? `${origin}>${destination}` : "";
    const enter = (name: string, ofKeys: readonly Key[]) => {
      if (over || waits.has(name) || passed.has(name)) return;
      waits.set(name, { entered: hour, keys: ofKeys });
      moved.push({ hour, what: "entered", entered: hour, keys: ofKeys, carrier, at });
    };
    const leave = (name: string) => {
      const wait = waits.get(name);
      if (!wait) return;
      waits.delete(name);
      moved.push({ hour, what: "left", entered: wait.entered, keys: wait.keys, carrier, at });
    };
    const pass = (name: string, ofKeys: readonly Key[]) => {
      leave(name);
      if (passed.has(name)) return;
      passed.add(name);
      moved.push({ hour, what: "passed", entered: hour, keys: ofKeys, carrier, at });
    };

    if (SCANS.has(kind)) {
      const seen = { all: "all", carrier, hub, region: step.region && top(step.region) };
      moved.push({ hour, what: "passed", entered: hour, keys: keys("scans", seen), carrier, at });
    }
    const handover = () => keys("handover", { all: "all", carrier, region: origin, lane });
    const delivery = () => keys("delivery", { all: "all", carrier, region: destination, lane });
    const onRoad = () => keys("arrival", { all: "all", carrier });
    const departure = (from: string) => keys("departure", { all: "all", carrier, hub: from });
    switch (kind) {
      case "paid":
      case "packed":
        enter("handover", handover());
        break;
      case "picked_up":
        pass("handover", handover());
        enter("delivery", delivery());
        enter("scans", keys("scans", { all: "all", carrier }));
        enter("on the road from the sender", onRoad());
        break;
      case "arrived_hub":
        for (const name of [...waits.keys()]) if (name.startsWith("on the road")) leave(name);
        pass(`arrival ${hub}`, keys("arrival", { all: "all", carrier, hub }));
        enter(`departure ${hub}`, departure(hub));
        lastHub = hub;
        break;
      case "departed_hub":
        pass(`departure ${hub}`, departure(hub));
        enter(`on the road from ${hub}`, onRoad());
        break;
      case "out_for_delivery":
        // A station lets a parcel go by sending it out.
        if (lastHub !== "") pass(`departure ${lastHub}`, departure(lastHub));
        break;
      case "customs_entered":
        enter("customs", keys("customs", { all: "all", carrier, hub, region: step.region && top(step.region) }));
        break;
      case "customs_cleared":
        pass("customs", keys("customs", { all: "all", carrier, hub, region: step.region && top(step.region) }));
        break;
      case "delivered":
        pass("delivery", delivery());
        break;
    }
    if (OVER.has(kind)) {
      over = true;
      for (const name of [...waits.keys()]) leave(name);
    }
    return moved;
  };
}
