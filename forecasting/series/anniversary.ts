import { DAY, firstDay, type Panel } from "./panel.ts";

export const ANNIVERSARY_DEFAULTS = {
  /** Days before a feast in which people buy for it, and days after it in which they still feel it. */
  before: 7,
  after: 3,
  /** A feast's date in another year lies at most this many days from the same date: those of the moon wander by a month. */
  wander: 45,
} as const;

/** A share of a moment of the past. */
export type Part = { readonly at: number; readonly share: number };

/**
 * Which past weeks hold the days that correspond to the days of week `i`, `years` before. A day close to a feast
 * corresponds to the day as close to that feast then, whether it has a date, a weekday of a month or the moon; any other
 * day to the same date. Where the same date lay close to a feast that is elsewhere now, the ordinary days on both sides
 * of that feast stand in. Shares add up to 1; moments may lie before the series.
 */
export function anniversaries(panel: Panel): (i: number, years: number) => readonly Part[] {
  const known = new Map<string, readonly Part[]>();
  const feasts = [...(panel.feasts?.values() ?? [])];
  const first = firstDay(panel, 0);
  const momentOf = (day: number) => Math.floor((day - first) / 7);
  return (i, years) => {
    const key = `${years}|${i}`;
    let parts = known.get(key);
    if (parts) return parts;
    const shares = new Map<number, number>();
    for (let k = 0; k < 7; k++) {
      const days = sourcesOf(first + 7 * i + k, years, feasts);
      for (const day of days) {
        const at = momentOf(day);
        shares.set(at, (shares.get(at) ?? 0) + 1 / (7 * days.length));
      }
    }
    parts = [...shares].map(([at, share]) => ({ at, share }));
    known.set(key, parts);
    return parts;
  };
}

/** The days of `years` before that stand for a day: one, or two where a feast has left its old place. */
function sourcesOf(day: number, years: number, feasts: readonly (readonly number[])[]): readonly number[] {
  const { before, after } = ANNIVERSARY_DEFAULTS;
  const near = feastOf(day, years, feasts);
  const source = near ? day - near.at + near.then : sameDate(day, years);
  const there = feastOf(source, -years, feasts);
  const gone = there !== undefined && there.wandered > 0 && there.at !== near?.then;
  const width = before + after + 1;
  return gone ? [source - width, source + width] : [source];
}

/**
 * The feast whose days before and after hold a day, and where it was `years` before (after when negative). Of several
 * the one that wandered farthest from its date decides, since the others are about where a date would look for them.
 */
function feastOf(day: number, years: number, feasts: readonly (readonly number[])[]) {
  const { before, after } = ANNIVERSARY_DEFAULTS;
  let best: { readonly at: number; readonly then: number; readonly wandered: number } | undefined;
  for (const days of feasts) {
    for (const at of days) {
      if (day - at < -before || day - at > after) continue;
      const then = sameFeast(days, at, years);
      if (then === undefined) continue;
      const wandered = Math.abs(then - sameDate(at, years));
      if (!best || wandered > best.wandered) best = { at, then, wandered };
    }
  }
  return best;
}

/** The day a feast was on `years` before (after when negative); undefined when the calendar does not say. */
function sameFeast(days: readonly number[], at: number, years: number): number | undefined {
  const date = sameDate(at, years);
  let best: number | undefined;
  for (const day of days) if (best === undefined || Math.abs(day - date) < Math.abs(best - date)) best = day;
  return best !== undefined && Math.abs(best - date) <= ANNIVERSARY_DEFAULTS.wander ? best : undefined;
}

/** The same date `years` before; 29 February becomes 1 March. */
function sameDate(day: number, years: number): number {
  const date = new Date(day * DAY);
  return Date.UTC(date.getUTCFullYear() - years, date.getUTCMonth(), date.getUTCDate()) / DAY;
}
