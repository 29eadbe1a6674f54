import type { About, Deadline, NormStage, Norms } from "../shell/norms.ts";
import type { Order, Waiting } from "./order.ts";
import type { TrackPolicy } from "./policy.ts";

/** What an order is measured by. */
export interface Measure {
  readonly policy: TrackPolicy;
  readonly norms: Norms;
}

/** How long is still normal. Why is said only when somebody asks: nearly all waits end in time. */
export class Limit {
  /** The last moment that is still normal, ms. */
  readonly due: number;
  readonly #since: number;
  readonly #learned: Deadline | undefined;
  readonly #trait: string | undefined;

  constructor(due: number, since: number, learned: Deadline | undefined, trait?: string) {
    this.due = due;
    this.#since = since;
    this.#learned = learned;
    this.#trait = trait;
  }

  /** Why it is this one. */
  evidence(): Readonly<Record<string, unknown>> {
    const limitMs = this.due - this.#since;
    if (this.#learned) return { limitMs, workingHours: this.#learned.hours, norm: this.#learned.version };
    return this.#trait === undefined ? { limitMs } : { limitMs, trait: this.#trait };
  }
}

export const aboutOf = ({ facts }: Order): About => ({
  service: facts.service?.value ?? "",
  carrier: facts.carrier?.value ?? "",
  origin: facts.origin?.value ?? "",
  destination: facts.destination?.value ?? "",
});

const normStage = ({ stage, again }: Waiting): NormStage => (again ? "redelivery" : stage);

/**
 * How long the order may wait where it is: what was learned for its lane by the time its wait began, at most what the
 * policy says of its traits; where nothing was learned, the fixed limit of its traits or of all.
 */
export function limitOf(order: Order, place: Waiting, { policy, norms }: Measure): Limit {
  const { stage, since } = place;
  const own = traitLimit(order, place, policy);
  // What the business says of customs holds whatever is usual there.
  const learned = stage === "customs" ? undefined : norms.until(normStage(place), since, aboutOf(order), "limit");
  const fixed = since + (own?.limitMs ?? policy.stalledAfter[stage]);
  if (learned !== undefined && !(own && fixed < learned.at)) return new Limit(learned.at, since, learned);
  return new Limit(fixed, since, undefined, own?.trait);
}

/** When customs took longer than they do, before they took longer than they may. */
export function slowCustoms(order: Order, { stage, since }: Waiting, { policy, norms }: Measure): Limit | undefined {
  if (stage !== "customs") return undefined;
  const learned = norms.until("customs", since, aboutOf(order), "limit");
  if (learned === undefined || learned.at >= since + policy.stalledAfter.customs) return undefined;
  return new Limit(learned.at, since, learned);
}

function traitLimit(order: Order, { stage }: Waiting, policy: TrackPolicy) {
  let strictest: { readonly limitMs: number; readonly trait: string } | undefined;
  for (const trait of order.facts.traits?.value ?? []) {
    const limitMs = policy.traits[trait][stage];
    if (limitMs !== null && !(strictest && strictest.limitMs <= limitMs)) strictest = { limitMs, trait };
  }
  return strictest;
}

/**
 * When the order is expected to arrive, as it stands: picked up or paid, the usual time from there; else its promise.
 * @returns ms, or undefined when nothing can be said
 */
export function expectedAt(order: Order, { norms }: Pick<Measure, "norms">): number | undefined {
  const { first } = order;
  const about = aboutOf(order);
  const pickedUp = first.picked_up ?? usual(norms, "pickup", first.paid, about);
  return usual(norms, "way", pickedUp, about) ?? order.facts.promisedBy?.value;
}

function usual(norms: Norms, stage: NormStage, since: number | undefined, about: About): number | undefined {
  return since === undefined ? undefined : norms.until(stage, since, about, "typical")?.at;
}
