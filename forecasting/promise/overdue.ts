import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";

const EDGES = [1, 2, 3, 5, 7, 10, 14, 21, 28, 40, 60, Number.POSITIVE_INFINITY];
/** Fates of promises between these many days old: younger ones are not decided, older ones are another time's. */
const [YOUNGEST, OLDEST] = [45, 240];

/**
 * How likely an overdue order still arrives, by how long it has been overdue. The risk is that of arriving late, so
 * an order counts for it as much as it can be believed to arrive at all: the lost and the forgotten are not late.
 * @param missed  orders that were open at their promise
 * @param now     ms
 */
export function arrivalChance(missed: readonly Course[], now: number): (course: Course) => number {
  const seen = new Float64Array(EDGES.length);
  const came = new Float64Array(EDGES.length);
  for (const { promised, delivered, closed } of missed) {
    const old = (now - promised) / DAY_MS;
    if (old < YOUNGEST || old > OLDEST || (Number.isNaN(delivered) && !Number.isNaN(closed))) continue;
    const lag = Number.isNaN(delivered) ? Number.POSITIVE_INFINITY : (delivered - promised) / DAY_MS;
    for (let i = 0; i < EDGES.length; i++) {
      if (i > 0 && lag < (EDGES[i - 1] as number)) break;
      seen[i] = (seen[i] as number) + 1;
      if (lag < Number.POSITIVE_INFINITY) came[i] = (came[i] as number) + 1;
    }
  }
  const chances = seen.map((n, i) => ((came[i] as number) + 5 * 0.5 ** (i + 1)) / (n + 5));
  return ({ promised, delivered, closed }) => {
    if (!Number.isNaN(delivered)) return 1;
    if (!Number.isNaN(closed)) return 0;
    const overdue = (now - promised) / DAY_MS;
    return chances[EDGES.findIndex((edge) => overdue < edge)] as number;
  };
}
