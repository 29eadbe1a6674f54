import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { moment, real, select } from "../summary/sql.ts";

const row = z.object({
  day: moment,
  region: z.string(),
  probability: real,
  capacity: real,
  mean: real,
  promotion: real,
  weather: real,
  backlog: real,
  season: real,
  recent: real,
  automatic: z.coerce.boolean(),
});
export type Ahead = readonly z.output<typeof row>[];

/** Less likely than this is not worth a look. */
const LIKELY = 0.1;
/** Days of event time after which nobody goes by a forecast. */
const OLD_DAYS = 2;

/** Days to come on which a region may get more complaints than it can answer, likeliest first, as said last. */
export async function ahead(store: Store, frontier: string | null, limit: number): Promise<Ahead> {
  if (frontier === null) return [];
  return select(
    store,
    row,
    `SELECT toUnixTimestamp64Milli(s.day) AS day, region, probability, capacity, mean, promotion, weather, backlog, season, recent, automatic
     FROM (
       SELECT *, max(issued_at) OVER () AS latest FROM forecast_spikes FINAL
       WHERE issued_at > fromUnixTimestamp64Milli({at:Int64}) - INTERVAL ${OLD_DAYS} DAY) AS s
     WHERE issued_at = latest AND s.day >= latest AND probability >= ${LIKELY}
     ORDER BY probability DESC, s.day, region LIMIT {limit:UInt32}`,
    { at: Date.parse(frontier), limit },
  );
}
