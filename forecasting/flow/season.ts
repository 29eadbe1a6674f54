/** Hours in a week: the season of everything people and vans do. */
export const WEEK = 168;
const DAY = 24;

/** Events of a series by hour of the week, and what they were proportional to. Whole numbers: sums never drift. */
export interface Season {
  /** Shape (168,), events. */
  readonly events: Float64Array;
  /** Shape (168,), sum of the exposure of those hours. */
  readonly exposure: Float64Array;
  /** Shape (168,), how many such hours there were. */
  readonly hours: Float64Array;
  /** The sums of the three. */
  readonly total: { events: number; exposure: number; hours: number };
}

export const emptySeason = (): Season => ({
  events: new Float64Array(WEEK),
  exposure: new Float64Array(WEEK),
  hours: new Float64Array(WEEK),
  total: { events: 0, exposure: 0, hours: 0 },
});

/** Adds an hour, or takes it away again with `sign` -1. @param hour  hours since 1970, or any clock of whole hours */
export function addHour(season: Season, hour: number, events: number, exposure: number, sign: 1 | -1): void {
  const h = hour % WEEK;
  season.events[h] = (season.events[h] ?? 0) + sign * events;
  season.exposure[h] = (season.exposure[h] ?? 0) + sign * exposure;
  season.hours[h] = (season.hours[h] ?? 0) + sign;
  season.total.events += sign * events;
  season.total.exposure += sign * exposure;
  season.total.hours += sign;
}

/** What an hour of the week is worth in hours of the same time on other days, and those in any hour. */
const DAY_WORTH = 2;
const ANY_WORTH = 0.5;

/** What the counts are held against: nothing, so that the level of the past is expected again, or the exposure. */
export type Against = "hours" | "exposure";

/**
 * Rate of every hour of the week against the overall rate, of many series together: thin hours lean on the same hour
 * of other days.
 * @returns shape (168,), mean about 1 over the exposure
 */
export function shapeOf(pooled: Season, against: Against): Float64Array {
  const { events } = pooled;
  const under = pooled[against];
  const [all, allUnder] = [pooled.total.events, pooled.total[against]];
  const shape = new Float64Array(WEEK).fill(1);
  if (all === 0 || allUnder === 0) return shape;
  const rate = all / allUnder;
  const mean = allUnder / Math.max(1, pooled.total.hours);
  for (let h = 0; h < WEEK; h += 1) {
    let [n, of] = [0, 0];
    for (let day = h % DAY; day < WEEK; day += DAY) {
      n += events[day] ?? 0;
      of += under[day] ?? 0;
    }
    const daily = (n + ANY_WORTH * mean * rate) / (of + ANY_WORTH * mean);
    const here = ((events[h] ?? 0) + DAY_WORTH * mean * daily) / ((under[h] ?? 0) + DAY_WORTH * mean);
    shape[h] = here / rate;
  }
  return shape;
}

/** Hours of the hour of day that an hour of the week of one series is held against. */
const HOUR_WORTH = 2;
/** Events by which an hour of day of one series is held to the shape it shares. */
const SHAPE_EVENTS = 2;
/** Events known before any was seen. */
const PRIOR = 0.5;

/**
 * Expected events of one hour of one series: its own level, its own hours of the day shrunk towards the shape it shares
 * with others, its own hours of the week shrunk towards those. Uses only what was added before.
 * @param shape     of the pooled series, as from `shapeOf` against the same
 * @param hour      the hour asked for, on the clock of `addHour`
 * @param exposure  of that hour; 1 when held against hours
 * @returns         >= 0, in events
 */
export function expectedEvents(
  season: Season,
  shape: Float64Array,
  against: Against,
  hour: number,
  exposure: number,
): number {
  const { events, total } = season;
  const under = season[against];
  if (total.hours === 0 || total[against] === 0) return 0;
  const level = (total.events + PRIOR) / total[against];
  const h = hour % WEEK;
  let [seen, shaped] = [SHAPE_EVENTS, SHAPE_EVENTS];
  for (let day = h % DAY; day < WEEK; day += DAY) {
    seen += events[day] ?? 0;
    shaped += level * (under[day] ?? 0) * (shape[day] ?? 1);
  }
  const daily = level * (shape[h] ?? 1) * (seen / shaped);
  const worth = (HOUR_WORTH * total[against]) / total.hours;
  return (exposure * ((events[h] ?? 0) + worth * daily)) / ((under[h] ?? 0) + worth);
}
