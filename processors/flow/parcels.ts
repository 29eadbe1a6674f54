import type { Store } from "../../infra/store/port.ts";
import { placeOf } from "./movements.ts";

/** A stalled parcel, and the places it may be explained by. */
export interface Stall {
  readonly findingId: string;
  readonly orderId: string;
  /** ms */
  readonly at: number;
  readonly places: readonly string[];
}

interface Row {
  readonly findingId: string;
  readonly orderId: string;
  readonly at: number;
  readonly stage: string;
  readonly carrier: string;
  readonly hub: string;
  readonly region: string;
}

/** Stalls said in [from, to), ms, in order of time. */
export async function readStalls(
  store: Store,
  from: number,
  to: number,
  top: (region: string) => string,
): Promise<Stall[]> {
  const rows = await store.query<Row>(
    `SELECT finding_id AS findingId, any(order_id) AS orderId, toUnixTimestamp64Milli(min(f.at)) AS at,
       any(stage) AS stage, any(carrier) AS carrier, any(hub) AS hub, any(region) AS region
     FROM finding_changes AS f
     WHERE change = 'opened' AND startsWith(kind, 'stalled_') AND kind != 'stalled_payment' AND order_id != ''
       AND f.at >= fromUnixTimestamp64Milli({from:Int64}) AND f.at < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY finding_id ORDER BY at, finding_id`,
    { from, to },
  );
  return rows.map(({ findingId, orderId, at, stage, carrier, hub, region }) => {
    const places = [placeOf("all", "all")];
    if (carrier !== "") places.push(placeOf("carrier", carrier));
    if (region !== "") places.push(placeOf("region", top(region)));
    // Only a parcel that waits in a hub is the hub's.
    if (hub !== "" && stage !== "pickup") places.push(placeOf("hub", hub));
    return { findingId, orderId, at, places };
  });
}
