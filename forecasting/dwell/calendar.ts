const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How the hours of a week count as working time: quarters of a full day, Monday first, and the hours of a day. */
export interface Rhythm {
  /** Shape (7,), each 0..4: 4 is a full working day, 0 a day on which nothing moves. */
  readonly days: readonly number[];
  /** Hours of the local day, 0 <= opens < closes <= 24. */
  readonly opens: number;
  readonly closes: number;
}

/** Every hour counts. */
export const ALWAYS: Rhythm = { days: [4, 4, 4, 4, 4, 4, 4], opens: 0, closes: 24 };

/** Which day of the week a local day counts as: a holiday as a Sunday, a make-up day as a Wednesday. */
export interface Calendar {
  /** Local time less UTC, hours. */
  readonly offset: number;
  /** @param day  local days since 1970 @returns 0 Monday .. 6 Sunday */
  weekdayOf(day: number): number;
}

/** Monday 0 .. Sunday 6; day 0, 1970-01-01, was a Thursday. */
export const plainWeekday = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** Days to look ahead at most, holidays included: more are longer than any wait. */
const FAR = 5000;

/** Local days since 1970 at a moment in ms. */
export const localDay = (calendar: Calendar, ms: number): number => Math.floor((ms + calendar.offset * HOUR) / DAY);

/**
 * Working time between two moments.
 * @returns ms, 0 when `until` is not after `since`; a quarter day counts for a quarter
 */
export function workBetween(calendar: Calendar, rhythm: Rhythm, since: number, until: number): number {
  if (until <= since) return 0;
  const [first, last] = [localDay(calendar, since), localDay(calendar, until)];
  let work = 0;
  for (let day = first; day <= last; day += 1) {
    const { from, to, rate } = hoursOf(calendar, rhythm, day);
    work += rate * Math.max(0, Math.min(to, until) - Math.max(from, since));
  }
  return work;
}

/**
 * The moment at which `work` ms of working time have passed since `since`.
 * @returns ms; Infinity when the rhythm has no working time at all
 */
export function afterWork(calendar: Calendar, rhythm: Rhythm, since: number, work: number): number {
  if (rhythm.days.every((rate) => rate === 0)) return Number.POSITIVE_INFINITY;
  let left = work;
  const first = localDay(calendar, since);
  for (let day = first; day < first + FAR; day += 1) {
    const { from, to, rate } = hoursOf(calendar, rhythm, day);
    const start = Math.max(from, since);
    const here = rate * Math.max(0, to - start);
    if (rate > 0 && here >= left) return Math.ceil(start + left / rate);
    left -= here;
  }
  return Number.POSITIVE_INFINITY;
}

function hoursOf(calendar: Calendar, { days, opens, closes }: Rhythm, day: number) {
  const midnight = day * DAY - calendar.offset * HOUR;
  const rate = (days[calendar.weekdayOf(day)] ?? 4) / 4;
  return { from: midnight + opens * HOUR, to: midnight + closes * HOUR, rate };
}

/**
 * Cumulative working time at local midnights, in quarters of an hour of a full day's rate.
 * @param from  first local day
 * @param days  number of days
 * @returns shape (days,): what passed from the first midnight to this one
 */
export function cumulativeWork(calendar: Calendar, rhythm: Rhythm, from: number, days: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (let day = from; day < from + days; day += 1) {
    sums.push(sum);
    sum += (rhythm.days[calendar.weekdayOf(day)] ?? 4) * (rhythm.closes - rhythm.opens);
  }
  return sums;
}

/** Fewest events from which a rhythm is learned. */
const ENOUGH = 300;
/** Below this share of an ordinary hour's events an hour is closed. */
const OPEN_SHARE = 0.1;

/**
 * The rhythm in which something happens, from how often it did. Days count in quarters of the mean of the five
 * busiest weekdays; the open hours are the span of hours with at least a tenth of the traffic of a busy hour.
 * @param counts  shape (7 * 24,), events by local weekday (Monday first) and hour, holidays left out
 */
export function rhythmOf(counts: Readonly<ArrayLike<number>>): Rhythm {
  const days = new Float64Array(7);
  const hours = new Float64Array(24);
  for (let i = 0; i < 168; i += 1) {
    const n = counts[i] ?? 0;
    days[Math.floor(i / 24)] = (days[Math.floor(i / 24)] as number) + n;
    hours[i % 24] = (hours[i % 24] as number) + n;
  }
  const total = days.reduce((sum, n) => sum + n, 0);
  if (total < ENOUGH) return ALWAYS;
  const usual = meanOfTop(days, 5);
  const busy = meanOfTop(hours, 8);
  const open = [...hours.keys()].filter((hour) => (hours[hour] as number) >= OPEN_SHARE * busy);
  const [opens, closes] = [Math.min(...open), Math.max(...open) + 1];
  return {
    days: [...days].map((n) => Math.min(4, Math.round((4 * n) / usual))),
    // A night of a few hours is not worth the error of cutting it out.
    ...(closes - opens >= 20 ? { opens: 0, closes: 24 } : { opens, closes }),
  };
}

const meanOfTop = (values: Float64Array, n: number): number =>
  [...values]
    .sort((a, b) => b - a)
    .slice(0, n)
    .reduce((sum, value) => sum + value, 0) / n;
