export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Days and hours as planners count them: since 1970, on their own clock. */
export interface Clock {
  day(at: number): number;
  /** ms at which a day begins. */
  start(day: number): number;
  /** Hour since 1970 on their clock of an hour since 1970 UTC. */
  hour(utcHour: number): number;
  /** Days that begin in [from, to). */
  between(from: number, to: number): number[];
}

/** @param offset  hours ahead of UTC, whole */
export function clockAt(offset: number): Clock {
  const ahead = offset * HOUR_MS;
  const start = (day: number) => day * DAY_MS - ahead;
  return {
    day: (at) => Math.floor((at + ahead) / DAY_MS),
    start,
    hour: (utcHour) => utcHour + offset,
    between(from, to) {
      const days: number[] = [];
      for (let day = Math.ceil((from + ahead) / DAY_MS); start(day) < to; day++) days.push(day);
      return days;
    },
  };
}
