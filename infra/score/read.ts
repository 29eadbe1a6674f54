import type { Store } from "../store/port.ts";

/** How an order went. Times in ms; null for what did not happen. */
export interface Outcome {
  readonly orderId: string;
  readonly region: string;
  readonly placed: number;
  readonly promised: number | null;
  readonly delivered: number | null;
  readonly calledOff: number | null;
  readonly lost: boolean;
  readonly complained: number | null;
}
export interface Warning {
  readonly kind: string;
  readonly orderId: string;
  readonly at: number;
}
export interface Risk {
  readonly orderId: string;
  readonly asOf: number;
  readonly daysBefore: number;
  readonly risk: number;
  readonly eta: number;
  readonly etaLow: number;
  readonly etaHigh: number;
}
export interface Page {
  readonly region: string;
  readonly at: number;
}

const ms = (column: string) => `toFloat64(toUnixTimestamp64Milli(${column}))`;

/** Orders placed in [from, to), as they stand at the end of what is known. */
export const readOutcomes = (store: Store, from: number, to: number): Promise<Outcome[]> =>
  store.query<Outcome>(
    `SELECT o.order_id AS orderId, o.dest AS region, o.placed AS placed, o.promised AS promised,
       o.delivered AS delivered, o.off AS calledOff, o.gone AS lost, c.first AS complained
     FROM (
       SELECT order_id, argMaxIf(destination, (at, destination), destination != '') AS dest,
         ${ms("minIf(at, kind = 'placed')")} AS placed,
         if(countIf(promised_by IS NOT NULL) = 0, NULL,
           ${ms("assumeNotNull(argMaxIf(promised_by, (at, promised_by), promised_by IS NOT NULL))")}) AS promised,
         if(countIf(kind = 'delivered') = 0, NULL, ${ms("minIf(at, kind = 'delivered')")}) AS delivered,
         if(countIf(kind IN ('cancelled', 'refunded', 'returned')) = 0, NULL,
           ${ms("minIf(at, kind IN ('cancelled', 'refunded', 'returned'))")}) AS off,
         countIf(kind = 'lost') > 0 AS gone
       FROM order_events GROUP BY order_id
       HAVING countIf(kind = 'placed') > 0 AND placed >= {from:Float64} AND placed < {to:Float64}) AS o
     LEFT JOIN (
       SELECT order_id, toNullable(${ms("min(at)")}) AS first FROM complaint_events
       WHERE kind = 'opened' AND order_id != '' GROUP BY order_id) AS c ON o.order_id = c.order_id
     ORDER BY orderId SETTINGS join_use_nulls = 1`,
    { from, to },
  );

export const readWarnings = (store: Store): Promise<Warning[]> =>
  store.query<Warning>(
    `SELECT toString(any(kind)) AS kind, any(order_id) AS orderId, ${ms("min(finding_changes.at)")} AS at
     FROM finding_changes WHERE change = 'opened' AND order_id != ''
     GROUP BY finding_id ORDER BY at, orderId, kind`,
  );

/** Days before the promise whose risks are dumped and scored. */
export const DAYS = [10, 7, 5, 3, 1] as const;

export const readRisks = (store: Store): Promise<Risk[]> =>
  store.query<Risk>(
    `SELECT order_id AS orderId, ${ms("as_of")} AS asOf, days_before AS daysBefore, risk, ${ms("promise_risks.eta")} AS eta,
       ${ms("eta_low")} AS etaLow, ${ms("eta_high")} AS etaHigh
     FROM promise_risks FINAL WHERE days_before IN {days:Array(Float64)} ORDER BY asOf, orderId`,
    { days: [...DAYS] },
  );

export const readPages = (store: Store): Promise<Page[]> =>
  store.query<Page>(
    `SELECT toString(any(region)) AS region, ${ms("min(page_changes.at)")} AS at
     FROM page_changes GROUP BY page_id ORDER BY at`,
  );
