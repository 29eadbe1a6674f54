import type { Store } from "../../infra/store/port.ts";
import type { Finding } from "./decide.ts";

/** A feed that was silent: its parcels were unknown, not stuck. Times in ms. */
export interface Silence {
  readonly incidentId: string;
  readonly dimension: string;
  readonly value: string;
  readonly since: number;
  readonly opened: number;
  /** Infinity while it lasts. */
  readonly resolved: number;
}

/** Silences that were said before `to` and were not over long before `from`, both ms: the latter by `grace` ms. */
export const readSilences = async (store: Store, from: number, to: number, grace: number): Promise<Silence[]> => {
  const rows = await store.query<Omit<Silence, "resolved"> & { readonly resolved: number | null }>(
    `SELECT incident_id AS incidentId, any(dimension) AS dimension, any(value) AS value,
       toUnixTimestamp64Milli(min(i.since)) AS since, toUnixTimestamp64Milli(minIf(i.at, change = 'opened')) AS opened,
       if(countIf(change = 'resolved') > 0, toUnixTimestamp64Milli(maxIf(i.at, change = 'resolved')), NULL) AS resolved
     FROM incident_changes AS i
     WHERE measure = 'silence' AND i.at < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY incident_id HAVING resolved IS NULL OR resolved >= {reach:Int64}
     ORDER BY opened, incident_id`,
    { to, reach: from - grace },
  );
  return rows.map((row) => ({ ...row, resolved: row.resolved ?? Number.POSITIVE_INFINITY }));
};

/** The silence that makes it unknown, at a time, whether a parcel stands still; the first that began. */
export function silenceOf(
  silences: readonly Silence[],
  finding: Pick<Finding, "kind" | "region" | "carrier" | "hub">,
  at: number,
  top: (region: string) => string,
): Silence | undefined {
  if (!finding.kind.startsWith("stalled_")) return undefined;
  return silences.find(({ dimension, value, opened, resolved }) => {
    if (opened > at || resolved <= at) return false;
    if (dimension === "all") return true;
    if (dimension === "carrier") return value === finding.carrier;
    if (dimension === "hub") return value === finding.hub;
    return dimension === "region" && finding.region !== "" && value === top(finding.region);
  });
}
