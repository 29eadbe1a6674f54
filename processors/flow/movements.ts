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
  let order: Journey | undefined;
  let orderId: string | undefined;
  for (const step of steps) {
    if (step.orderId !== orderId) {
      orderId = step.orderId;
      order = new Journey(top);
    }
    const moved = order?.take(step) ?? [];
    if (step.known >= from) yield* moved;
  }
}

/** Keys of a stage, one for each dimension; a place that is not known is "". In the order of `DIMENSIONS`. */
function keysOf(stage: Stage, carrier: string, region: string, hub: string, lane: string): Key[] {
  const keys = [keyOf(stage, "all", "all")];
  if (carrier !== "") keys.push(keyOf(stage, "carrier", carrier));
  if (region !== "") keys.push(keyOf(stage, "region", region));
  if (hub !== "") keys.push(keyOf(stage, "hub", hub));
  if (lane !== "") keys.push(keyOf(stage, "lane", lane));
  return keys;
}

const ON_THE_ROAD = "on the road";

/** One order: takes its steps one by one. A class, for closures made at every step of every order cost more than it. */
class Journey {
  readonly #waits = new Map<string, Waiting>();
  readonly #passed = new Set<string>();
  readonly #top: (region: string) => string;
  #origin = "";
  #destination = "";
  #carrier = "";
  #lastHub = "";
  #over = false;
  // Of the step that is taken.
  #hour = 0;
  #at = 0;
  #moved: Movement[] = [];

  constructor(top: (region: string) => string) {
    this.#top = top;
  }

  take(step: Step): readonly Movement[] {
    const { kind, hub } = step;
    if (step.origin !== "") this.#origin = this.#top(step.origin);
    if (step.destination !== "") this.#destination = this.#top(step.destination);
    else if (kind === "placed" && step.region !== "") this.#destination = this.#top(step.region);
    this.#carrier = step.carrier || this.#carrier;
    this.#hour = Math.floor(step.known / HOUR_MS);
    this.#at = step.at;
    this.#moved = [];
    const carrier = this.#carrier;
    const region = step.region && this.#top(step.region);
    if (SCANS.has(kind)) this.#move("passed", this.#hour, keysOf("scans", carrier, region, hub, ""));
    switch (kind) {
      case "paid":
      case "packed":
        if (this.#enters("handover")) this.#enter("handover", this.#handover());
        break;
      case "picked_up":
        if (this.#passes("handover")) this.#pass("handover", this.#handover());
        if (this.#enters("delivery")) this.#enter("delivery", this.#delivery());
        if (this.#enters("scans")) this.#enter("scans", keysOf("scans", carrier, "", "", ""));
        this.#onRoad(`${ON_THE_ROAD} from the sender`);
        break;
      case "arrived_hub":
        this.#leaveAll(ON_THE_ROAD);
        if (this.#passes(`arrival ${hub}`)) this.#pass(`arrival ${hub}`, keysOf("arrival", carrier, "", hub, ""));
        if (this.#enters(`departure ${hub}`)) this.#enter(`departure ${hub}`, this.#departure(hub));
        this.#lastHub = hub;
        break;
      case "departed_hub":
        if (this.#passes(`departure ${hub}`)) this.#pass(`departure ${hub}`, this.#departure(hub));
        this.#onRoad(`${ON_THE_ROAD} from ${hub}`);
        break;
      case "out_for_delivery":
        // A station lets a parcel go by sending it out.
        if (this.#lastHub !== "" && this.#passes(`departure ${this.#lastHub}`)) {
          this.#pass(`departure ${this.#lastHub}`, this.#departure(this.#lastHub));
        }
        break;
      case "customs_entered":
        if (this.#enters("customs")) this.#enter("customs", keysOf("customs", carrier, region, hub, ""));
        break;
      case "customs_cleared":
        if (this.#passes("customs")) this.#pass("customs", keysOf("customs", carrier, region, hub, ""));
        break;
      case "delivered":
        if (this.#passes("delivery")) this.#pass("delivery", this.#delivery());
        break;
    }
    if (OVER.has(kind)) {
      this.#over = true;
      this.#leaveAll("");
    }
    return this.#moved;
  }

  #handover(): Key[] {
    return keysOf("handover", this.#carrier, this.#origin, "", this.#lane());
  }

  #delivery(): Key[] {
    return keysOf("delivery", this.#carrier, this.#destination, "", this.#lane());
  }

  #departure(hub: string): Key[] {
    return keysOf("departure", this.#carrier, "", hub, "");
  }

  #lane(): string {
    return this.#origin && this.#destination ? `${this.#origin}>${this.#destination}` : "";
  }

  #onRoad(name: string): void {
    if (this.#enters(name)) this.#enter(name, keysOf("arrival", this.#carrier, "", "", ""));
  }

  #move(what: Movement["what"], entered: number, keys: readonly Key[]): void {
    this.#moved.push({ hour: this.#hour, what, entered, keys, carrier: this.#carrier, at: this.#at });
  }

  #enters(name: string): boolean {
    return !this.#over && !this.#waits.has(name) && !this.#passed.has(name);
  }

  #enter(name: string, keys: readonly Key[]): void {
    this.#waits.set(name, { entered: this.#hour, keys });
    this.#move("entered", this.#hour, keys);
  }

  #leave(name: string): void {
    const wait = this.#waits.get(name);
    if (!wait) return;
    this.#waits.delete(name);
    this.#move("left", wait.entered, wait.keys);
  }

  #leaveAll(prefix: string): void {
    for (const name of this.#waits.keys()) if (name.startsWith(prefix)) this.#leave(name);
  }

  /** Whether something passes here for the first time; what waited for it does so no more. */
  #passes(name: string): boolean {
    this.#leave(name);
    return !this.#passed.has(name);
  }

  #pass(name: string, keys: readonly Key[]): void {
    this.#passed.add(name);
    this.#move("passed", this.#hour, keys);
  }
}
