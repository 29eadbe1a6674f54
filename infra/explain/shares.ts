import type { Store } from "../store/port.ts";

/** Answers of customers of one region on one day, and complaints among them. */
export interface DayShare {
  readonly region: string;
  /** Days since 1970. */
  readonly day: number;
  readonly answers: number;
  readonly complaints: number;
}

/** Weeks before the event that a region's usual share is taken from. */
const BASE_DAYS = 90;

/** Every case's first word, by region and day: an opening is a complaint, a call-back of what was never opened is none. */
export const readShares = (store: Store, event: number, until: number): Promise<DayShare[]> =>
  store.query<DayShare>(
    `SELECT place AS region, toFloat64(intDiv(toUnixTimestamp64Milli(said), 86400000)) AS day, toFloat64(count()) AS answers,
       toFloat64(countIf(opened)) AS complaints
     FROM (
       SELECT complaint_id, min(c.at) AS said, max(kind = 'opened') AS opened, argMin(region, c.at) AS place
       FROM complaint_events AS c WHERE kind IN ('opened', 'called_back') GROUP BY complaint_id)
     WHERE place != '' AND said >= fromUnixTimestamp64Milli({from:Int64}) AND said < fromUnixTimestamp64Milli({until:Int64})
     GROUP BY region, day ORDER BY region, day`,
    { from: event - BASE_DAYS * 86_400_000, until },
  );
