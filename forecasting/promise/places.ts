import type { Counts, Hazards } from "./hazard.ts";
import type { Tallies, Tally } from "./tallies.ts";

/** Days after which the past counts half: how long a habit lasts, and how fast a jam is noticed. */
export const HABIT = 60;
export const MOOD = 4;

/** The tallies everything is counted in, by how fast they forget. */
export interface Clocks {
  readonly mood: Tallies;
  readonly weeks: Tallies;
  /** By the day of hand-over: parcels that left together arrive, or wait, together. */
  readonly cohort: Tallies;
  readonly fate: Tallies;
  readonly flow: Tallies;
}

/** Parcels handed over on a day, by day since 1970. */
export type Cohorts = Map<number, Tally>;

/** What is counted of one destination, or of all. */
export interface Place {
  readonly name: string;
  readonly mood: Tally;
  readonly weeks: Tally;
  readonly cohorts: Cohorts;
  readonly fate: Tally;
  /** Parcels delivered. */
  readonly flow: Tally;
  /** Parcels on their way at the end of the last day. */
  carried: number;
}

export interface Lane {
  readonly origin: string;
  readonly carrier: string;
  readonly to: Place;
  readonly from: Tally;
  readonly counts: Counts;
  readonly mood: Tally;
  readonly cohorts: Cohorts;
  readonly fate: Tally;
}

export interface Seller {
  readonly name: string;
  readonly counts: Counts;
  readonly mood: Tally;
  readonly flow: Tally;
  readonly cohorts: Cohorts;
  readonly fate: Tally;
  /** Of its parcels on their way, whoever carries them. */
  readonly transit: Tally;
  /** Orders it has not handed over. */
  waiting: number;
}

const got = <V>(map: Map<string, V>, name: string, make: () => V): V => {
  let value = map.get(name);
  if (value === undefined) {
    value = make();
    map.set(name, value);
  }
  return value;
};

/** Everything that is counted apart, by name. */
export class Places {
  readonly all: Place;
  /** Hand-over of all sellers. */
  readonly handOver: Tally;
  readonly #clocks: Clocks;
  readonly #transit: Hazards;
  readonly #sellersHazards: Hazards;
  readonly #places = new Map<string, Place>();
  readonly #origins = new Map<string, Tally>();
  readonly #lanes = new Map<Place, Map<string, Map<string, Lane>>>();
  readonly #sellers = new Map<string, Seller>();
  readonly #categories = new Map<string, Tally>();

  constructor(clocks: Clocks, transit: Hazards, handOver: Hazards) {
    this.#clocks = clocks;
    this.#transit = transit;
    this.#sellersHazards = handOver;
    this.all = this.#place("");
    this.handOver = clocks.mood.start();
  }

  lane(origin: string, destination: string, carrier: string): Lane {
    const to = got(this.#places, destination, () => this.#place(destination));
    const origins = this.#lanes.get(to) ?? new Map<string, Map<string, Lane>>();
    this.#lanes.set(to, origins);
    const carriers = got(origins, origin, () => new Map<string, Lane>());
    return got(carriers, carrier, () => this.#lane(origin, to, carrier, carriers));
  }

  /** Parcels on their way are about to be counted anew. */
  noneCarried(): void {
    this.all.carried = 0;
    for (const place of this.#places.values()) place.carried = 0;
  }

  seller(name: string): Seller {
    return got(this.#sellers, name, () => {
      const { mood, flow, fate } = this.#clocks;
      return {
        name,
        counts: this.#sellersHazards.within(this.#sellersHazards.all, name),
        mood: mood.start(),
        flow: flow.start(),
        cohorts: new Map(),
        fate: fate.start(),
        transit: fate.start(),
        waiting: 0,
      };
    });
  }

  category(name: string): Tally {
    return got(this.#categories, name, () => this.#clocks.fate.start());
  }

  /** Forgets parcels handed over before a day. */
  forget(before: number): void {
    const all = [...this.#places.values(), ...this.#sellers.values()].map(({ cohorts }) => cohorts);
    for (const origins of this.#lanes.values())
      for (const carriers of origins.values()) for (const { cohorts } of carriers.values()) all.push(cohorts);
    for (const cohorts of all) for (const day of cohorts.keys()) if (day < before) cohorts.delete(day);
  }

  /** Carriers differ in their hazards; what is counted of a lane is shared by them. */
  #lane(origin: string, to: Place, carrier: string, carriers: ReadonlyMap<string, Lane>): Lane {
    const { mood, fate } = this.#clocks;
    const hazards = this.#transit;
    const counts = hazards.within(hazards.within(hazards.all, to.name), origin);
    const [other] = carriers.values();
    const shared = other ?? { mood: mood.start(), cohorts: new Map(), fate: fate.start() };
    return {
      origin,
      carrier,
      to,
      from: got(this.#origins, origin, () => mood.start()),
      counts: carrier === "" ? counts : hazards.within(counts, carrier),
      mood: shared.mood,
      cohorts: shared.cohorts,
      fate: shared.fate,
    };
  }

  #place(name: string): Place {
    const { mood, weeks, fate, flow } = this.#clocks;
    return {
      name,
      mood: mood.start(),
      weeks: weeks.start(),
      cohorts: new Map(),
      fate: fate.start(),
      flow: flow.start(),
      carried: 0,
    };
  }
}
