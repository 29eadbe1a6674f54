import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";

/** Days overdue at which a new age begins; the oldest looked at is the last. */
const EDGES = [0, 1, 2, 3, 5, 7, 10, 14, 21, 28, 40, 60, 120];
const AGES = EDGES.length - 1;
/** Days after which what overdue orders did counts half. */
const HALF_LIFE = 30;
/** Orders of doubt at each age, of which this share arrives. */
const PRIOR = { orders: 3, arrive: 0.15 };
/** Promises missed longer ago say nothing any more, days. */
export const OLDEST_OVERDUE = 240;

/** What overdue orders did of late. */
export interface Overdue {
  /** How likely an order still arrives; 0 when it was called off. */
  readonly chance: (course: Course) => number;
  /** Days overdue by which this share of those that miss their promise and arrive at all has arrived; 0 to 1. */
  readonly lateBy: (share: number) => number;
}

/**
 * How likely an overdue order still arrives, and when, by how long it has been overdue. The risk is that of arriving late, so
 * an order counts for it as much as it can be believed to arrive at all: the lost and the forgotten are not late.
 * A period life table: what orders of each age did of late, whenever they were promised. In a jam the overdue come
 * after all, and one need not wait for its own to be months old to know.
 * @param missed  orders that were open at their promise
 * @param now     ms
 */
export function overdueOf(missed: readonly Course[], now: number): Overdue {
  const seen = new Float64Array(AGES).fill(PRIOR.orders);
  const came = new Float64Array(AGES).fill(PRIOR.orders * PRIOR.arrive);
  for (const { promised, delivered, closed } of missed) {
    const days = (now - promised) / DAY_MS;
    const end = Number.isNaN(closed) ? Number.POSITIVE_INFINITY : (closed - promised) / DAY_MS;
    for (let age = 0; age < AGES && end >= (EDGES[age] as number); age++) {
      const [from, to] = [EDGES[age] as number, EDGES[age + 1] as number];
      const arrived = !Number.isNaN(delivered) && end < to;
      // An age not lived to its end, by being called off or by being now, is left out.
      if (!arrived && (end < to || days < to)) break;
      const weight = 0.5 ** ((days - from) / HALF_LIFE);
      seen[age] = (seen[age] as number) + weight;
      if (arrived) came[age] = (came[age] as number) + weight;
    }
  }
  const chances = new Float64Array(AGES);
  let never = 1;
  for (let age = AGES - 1; age >= 0; age--) {
    never *= 1 - (came[age] as number) / (seen[age] as number);
    chances[age] = 1 - never;
  }
  const chance = ({ promised, delivered, closed }: Course) => {
    if (!Number.isNaN(delivered)) return 1;
    if (!Number.isNaN(closed)) return 0;
    const overdue = (now - promised) / DAY_MS;
    let age = 0;
    while (age < AGES && overdue >= (EDGES[age + 1] as number)) age++;
    return chances[age] ?? 0;
  };
  return { chance, lateBy: (share) => lateBy(chances, share) };
}

/** The lost are as many at every age: the odds of arriving, over those at the promise, are the share of the late that is still open. */
function lateBy(chances: Float64Array, share: number): number {
  const odds = (chance: number) => chance / Math.max(1e-9, 1 - chance);
  const all = odds(chances[0] as number);
  let [day, open] = [0, 1];
  for (let age = 1; age <= AGES; age++) {
    const [next, left] = [EDGES[age] as number, age === AGES ? 0 : odds(chances[age] as number) / all];
    if (1 - left >= share) return day + ((share - (1 - open)) / Math.max(1e-9, open - left)) * (next - day);
    [day, open] = [next, left];
  }
  return day;
}
