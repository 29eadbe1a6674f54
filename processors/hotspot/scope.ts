/** Where an incident is, as conditions of SQL. Values go in as parameters `value` and `regions`. */
export interface Scope {
  readonly dimension: string;
  readonly value: string;
  /** Region codes within it, itself included; empty unless it is a region. */
  readonly regions: readonly string[];
}

const COLUMNS: Readonly<Record<string, string>> = {
  hub: "hub",
  carrier: "carrier",
  merchant: "merchant_id",
  category: "category",
};

/** Findings here. Columns of finding_changes. */
export const findingsIn = ({ dimension }: Scope): string =>
  dimension === "region" ? "region IN {regions:Array(String)}" : `${COLUMNS[dimension] ?? "hub"} = {value:String}`;

/** Events of orders that come here, or are of it. Columns of order_events. */
export const ordersIn = ({ dimension }: Scope): string =>
  dimension === "region" ? "destination IN {regions:Array(String)}" : `${COLUMNS[dimension] ?? "hub"} = {value:String}`;

/** Complaints here: by what they say, else by what their order says. Columns of complaint_events. @param since  the parameter they are from */
export function complaintsIn(scope: Scope, since: string): string {
  const byOrder = `order_id IN (SELECT order_id FROM order_events WHERE ${ordersIn(scope)} AND known_at < fromUnixTimestamp64Milli({to:Int64})
    AND order_id IN (SELECT order_id FROM complaint_events WHERE kind = 'opened' AND order_id != '' AND at >= fromUnixTimestamp64Milli({${since}:Int64})))`;
  if (scope.dimension === "region") {
    return `(region IN {regions:Array(String)} OR (region = '' AND order_id != '' AND ${byOrder}))`;
  }
  const own = scope.dimension === "carrier" ? "carrier" : scope.dimension === "merchant" ? "merchant_id" : undefined;
  const ordered = `(order_id != '' AND ${byOrder})`;
  return own === undefined ? ordered : `(${own} = {value:String} OR (${own} = '' AND ${ordered}))`;
}
