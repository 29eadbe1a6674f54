/** Ages, in working days, are cut here: fine where things happen, coarse in the tail. */
const EDGES = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 28, 32, 38, 46, 60];
export const BINS = EDGES.length + 1;

export function binOf(age: number): number {
  let bin = 0;
  while (bin < EDGES.length && age >= (EDGES[bin] as number)) bin++;
  return bin;
}
const endOf = (bin: number): number => EDGES[bin] ?? Number.POSITIVE_INFINITY;

interface Counts {
  readonly events: Float64Array;
  readonly exposure: Float64Array;
  readonly parent: Counts | undefined;
  /** The groups in it, by name. */
  readonly parts: Map<string, Counts>;
}

const noCounts = (parent: Counts | undefined): Counts => ({
  events: new Float64Array(BINS),
  exposure: new Float64Array(BINS),
  parent,
  parts: new Map(),
});

/**
 * Hazards of one stage by age, as step functions, for groups within groups: where a group is thin its parent speaks.
 * Open cases count with the time they have been open, so nothing waits for outcomes.
 */
export class Hazards {
  /** The widest group. */
  readonly all = noCounts(undefined);
  readonly #prior: number;

  /** @param prior  events at which a group weighs as much as its parent */
  constructor(prior: number) {
    this.#prior = prior;
  }

  /** The group of that name in another; an empty one when it is new. */
  within(parent: Counts, name: string): Counts {
    let counts = parent.parts.get(name);
    if (!counts) {
      counts = noCounts(parent);
      parent.parts.set(name, counts);
    }
    return counts;
  }

  add(group: Counts, age: number, exposure: number, events: number): void {
    const bin = binOf(age);
    for (let counts: Counts | undefined = group; counts; counts = counts.parent) {
      counts.events[bin] = (counts.events[bin] as number) + events;
      counts.exposure[bin] = (counts.exposure[bin] as number) + exposure;
    }
  }

  /** Forgets a little of everything. */
  fade(keep: number, { events, exposure, parts }: Counts = this.all): void {
    for (let b = 0; b < BINS; b++) {
      events[b] = (events[b] as number) * keep;
      exposure[b] = (exposure[b] as number) * keep;
    }
    for (const part of parts.values()) this.fade(keep, part);
  }

  /** Events per working day at this age. */
  rate(counts: Counts | undefined, bin: number): number {
    if (!counts) return 0.15;
    const above = this.rate(counts.parent, bin);
    const prior = counts.parent ? this.#prior : 2;
    return ((counts.events[bin] as number) + prior * 1) / ((counts.exposure[bin] as number) + prior / above);
  }

  rates(counts: Counts): Float64Array {
    const rates = new Float64Array(BINS);
    for (let bin = 0; bin < BINS; bin++) rates[bin] = this.rate(counts, bin);
    return rates;
  }
}

/** Cumulated hazard between two ages. */
export function cumulated(rates: Float64Array, from: number, to: number): number {
  let total = 0;
  let age = Math.max(0, from);
  for (let bin = binOf(age); age < to; bin++) {
    const end = Math.min(to, endOf(bin));
    total += (end - age) * (rates[bin] as number);
    age = end;
  }
  return total;
}
export type { Counts };
