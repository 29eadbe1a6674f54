/** Series of one target on a common regular grid, with what is known about each moment. */
export type Panel = {
  /** Milliseconds between two moments. */
  readonly step: number;
  /** Epoch milliseconds (UTC) of moment 0. */
  readonly start: number;
  /** Moments on the grid, future ones included. */
  readonly length: number;
  /** Moments up to the last one with a known target: forecasts start here. */
  readonly observed: number;
  readonly drivers: readonly Driver[];
  readonly groups: readonly Group[];
  /** Days since 1970 of every feast of the country, by what it is called, ascending: what comes again, on other days. */
  readonly feasts?: ReadonlyMap<string, readonly number[]>;
  /** The same panel with its drivers as they were known when a moment began; without it they were always known. */
  readonly asOf?: (origin: number) => Panel;
};

/** What somebody at moment `origin` had before him. */
export const knownAt = (panel: Panel, origin: number): Panel => panel.asOf?.(origin) ?? panel;

export type Driver = {
  readonly name: string;
  /** A flag is 0 or 1 (a holiday, a level of a category); a number is anything on a scale. */
  readonly kind: "number" | "flag";
};

export type Group = {
  readonly name: string;
  /** Length `length`; NaN before the series starts, in gaps and in the future. */
  readonly y: Float64Array;
  /** One array of length `length` per driver, finite everywhere. */
  readonly drivers: readonly Float64Array[];
};

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Epoch milliseconds of moment i. */
export function timeOf(panel: Panel, i: number): number {
  return panel.start + i * panel.step;
}

/** ISO date, or date and time for steps below a day. */
export function isoTime(panel: Panel, i: number): string {
  const iso = new Date(timeOf(panel, i)).toISOString();
  return panel.step % DAY === 0 ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`;
}

/** The season a naive forecast repeats: a day of hours, a week of days, a year of weeks; 1 when there is none. */
export function defaultSeason(step: number): number {
  if (step < DAY) return Math.max(1, Math.round(DAY / step));
  if (step === DAY) return 7;
  if (step === 7 * DAY) return 52;
  return 1;
}

/** Position within the tropical year, 0..1. */
export function yearPhase(time: number): number {
  const years = time / (365.2425 * DAY);
  return years - Math.floor(years);
}

/**
 * First day (since 1970) of week i. A week is named by its last day, as accounts close it, unless that is a Monday:
 * nothing ends on one, and most calendars begin there.
 */
export function firstDay(panel: Panel, i: number): number {
  const day = Math.floor(timeOf(panel, i) / DAY);
  return weekday(timeOf(panel, 0)) === 1 ? day : day - 6;
}

/** 0 Sunday .. 6 Saturday, UTC. */
export function weekday(time: number): number {
  return (((Math.floor(time / DAY) + 4) % 7) + 7) % 7;
}
