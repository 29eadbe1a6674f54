/** Ages, in working days, are cut here: fine where things happen, coarse in the tail. All are whole halves. */
const EDGES = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 28, 32, 38, 46, 60];
export const BINS = EDGES.length + 1;
const START = Float64Array.of(0, ...EDGES);
const LAST = EDGES.at(-1) as number;
const BY_HALF = Uint8Array.from({ length: 2 * LAST }, (_, half) => EDGES.filter((edge) => edge <= half / 2).length);

export const binOf = (age: number): number =>
  age >= LAST ? BINS - 1 : age <= 0 ? 0 : (BY_HALF[(2 * age) | 0] as number);

/** Hazard by age: events per working day in each bin, and what has added up at its beginning. */
export interface Curve {
  readonly rates: Float64Array;
  readonly before: Float64Array;
}

/** Cumulated hazard from age 0. */
export function cumulatedTo({ rates, before }: Curve, age: number): number {
  if (age <= 0) return 0;
  const bin = binOf(age);
  return (before[bin] as number) + (age - (START[bin] as number)) * (rates[bin] as number);
}

export interface Counts {
  readonly events: Float64Array;
  readonly exposure: Float64Array;
  readonly parent: Counts | undefined;
  /** The groups in it, by name. */
  readonly parts: Map<string, Counts>;
  curve: Curve | undefined;
  /** The version of all counts that `curve` was computed from. */
  version: number;
}

const noCounts = (parent: Counts | undefined): Counts => ({
  events: new Float64Array(BINS),
  exposure: new Float64Array(BINS),
  parent,
  parts: new Map(),
  curve: undefined,
  version: -1,
});

/** Counts are rescaled before a new event would weigh more than this. */
const HEAVIEST = 2 ** 400;

/**
 * Hazards of one stage by age, as step functions, for groups within groups: where a group is thin its parent speaks.
 * Open cases count with the time they have been open, so nothing waits for outcomes. What is new weighs ever more
 * instead of the old being faded.
 */
export class Hazards {
  /** The widest group. */
  readonly all = noCounts(undefined);
  readonly #prior: number;
  #unit = 1;
  #version = 0;

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
      counts.events[bin] = (counts.events[bin] as number) + events * this.#unit;
      counts.exposure[bin] = (counts.exposure[bin] as number) + exposure * this.#unit;
    }
  }

  /** Curves are computed anew from what has been added. */
  publish(): void {
    this.#version++;
  }

  /** Everything so far counts `keep` as much. */
  fade(keep: number): void {
    this.#unit /= keep;
    if (this.#unit < HEAVIEST) return;
    rescale(this.all, 1 / this.#unit);
    this.#unit = 1;
  }

  /** As it was when it was first asked for since the last `publish`. */
  curve(counts: Counts): Curve {
    if (counts.version === this.#version && counts.curve) return counts.curve;
    const above = counts.parent && this.curve(counts.parent);
    const prior = above ? this.#prior : 2;
    const rates = new Float64Array(BINS);
    const before = new Float64Array(BINS);
    for (let bin = 0; bin < BINS; bin++) {
      const events = (counts.events[bin] as number) / this.#unit;
      const exposure = (counts.exposure[bin] as number) / this.#unit;
      rates[bin] = (events + prior) / (exposure + prior / (above ? (above.rates[bin] as number) : 0.15));
      if (bin > 0)
        before[bin] =
          (before[bin - 1] as number) +
          ((START[bin] as number) - (START[bin - 1] as number)) * (rates[bin - 1] as number);
    }
    counts.curve = { rates, before };
    counts.version = this.#version;
    return counts.curve;
  }
}

function rescale({ events, exposure, parts }: Counts, by: number): void {
  for (let b = 0; b < BINS; b++) {
    events[b] = (events[b] as number) * by;
    exposure[b] = (exposure[b] as number) * by;
  }
  for (const part of parts.values()) rescale(part, by);
}
