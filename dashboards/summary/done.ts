import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { LIST_LIMIT, type Summary } from "./schema.ts";
import { int, maybeMoment, moment, real, select, selectOne } from "./sql.ts";

const caseRow = z.object({
  total: int,
  open: int,
  major: int,
  answered: int,
  overdue: int,
  inTime: int,
  repeatCustomers: int,
  median: z.union([z.null(), real]),
});

/** Complaints: how many, and how fast somebody answered. Overdue is what `complain` found overdue, nothing else. */
export async function cases(store: Store): Promise<Summary["cases"]> {
  const row = await selectOne(
    store,
    caseRow,
    `WITH late AS (SELECT DISTINCT subject_id FROM finding_changes WHERE kind = 'first_response_overdue')
     SELECT count() AS total, countIf(closed_at IS NULL) AS open, countIf(major) AS major,
       countIf(responded_at IS NOT NULL) AS answered,
       countIf(complaint_id IN (SELECT subject_id FROM late)) AS overdue,
       countIf(responded_at IS NOT NULL AND complaint_id NOT IN (SELECT subject_id FROM late)) AS inTime,
       (SELECT uniqExact(customer_id) FROM finding_changes WHERE kind = 'repeat_complaint') AS repeatCustomers,
       if(answered = 0, NULL, quantileExactIf(0.5)(dateDiff('second', opened_at, assumeNotNull(responded_at)),
         responded_at IS NOT NULL)) AS median
     FROM cases`,
  );
  const byType = await select(
    store,
    z.object({ type: z.string(), total: int }),
    "SELECT type, count() AS total FROM cases GROUP BY type ORDER BY total DESC, type LIMIT {limit:UInt32}",
    { limit: LIST_LIMIT },
  );
  const judged = row.inTime + row.overdue;
  return {
    total: row.total,
    open: row.open,
    major: row.major,
    closed: row.total - row.open,
    repeatCustomers: row.repeatCustomers,
    firstResponseOverdue: row.overdue,
    respondedInTime: row.inTime,
    respondedInTimeShare: judged === 0 ? null : row.inTime / judged,
    medianFirstResponseSeconds: row.median,
    byType,
  };
}

const actionRow = z.object({
  total: int,
  approved: int,
  awaitingApproval: int,
  held: int,
  amount: real,
  amountAwaiting: real,
});

export async function actions(store: Store): Promise<Summary["actions"]> {
  const limit = { limit: LIST_LIMIT };
  const row = await selectOne(
    store,
    actionRow,
    `SELECT count() AS total, countIf(verdict = 'approved') AS approved,
       countIf(verdict = 'awaiting_approval') AS awaitingApproval, countIf(verdict = 'held') AS held,
       toFloat64(sumIf(a.amount, verdict = 'approved' AND currency = 'CNY')) AS amount,
       toFloat64(sumIf(a.amount, verdict = 'awaiting_approval' AND currency = 'CNY')) AS amountAwaiting
     FROM actions AS a FINAL`,
  );
  const otherCurrencies = await select(
    store,
    z.object({ currency: z.string(), amount: real }),
    `SELECT currency, toFloat64(sum(a.amount)) AS amount FROM actions AS a FINAL
     WHERE verdict = 'approved' AND currency != 'CNY' GROUP BY currency ORDER BY currency LIMIT {limit:UInt32}`,
    limit,
  );
  const bySteps = await select(
    store,
    z.object({ step: z.string(), total: int }),
    `SELECT arrayJoin(steps) AS step, count() AS total FROM actions FINAL
     WHERE verdict IN ('approved', 'awaiting_approval') GROUP BY step ORDER BY total DESC, step LIMIT {limit:UInt32}`,
    limit,
  );
  const byCause = await select(
    store,
    z.object({ cause: z.string(), total: int }),
    `SELECT cause, count() AS total FROM actions FINAL GROUP BY cause ORDER BY total DESC, cause LIMIT {limit:UInt32}`,
    limit,
  );
  const deliveries = await selectOne(
    store,
    z.object({ delivered: int, pending: int, failed: int }),
    `SELECT countIf(status = 'delivered') AS delivered, countIf(status = 'pending') AS pending,
       countIf(status = 'failed') AS failed FROM deliveries FINAL`,
  );
  return { ...row, otherCurrencies, bySteps, byCause, deliveries };
}

const peakRow = z.object({
  series: z.string(),
  model: z.string(),
  at: moment,
  mean: real,
  lower: real,
  upper: real,
});

/** The newest issue of every series; an older one is history. */
export async function forecasts(store: Store): Promise<Summary["forecasts"]> {
  const newest = `SELECT series, max(issued_at) AS issued_at FROM forecasts GROUP BY series`;
  const counts = await selectOne(
    store,
    z.object({ series: int, points: int, issuedAt: maybeMoment }),
    `SELECT uniqExact(f.series) AS series, count() AS points,
       if(count() = 0, NULL, toUnixTimestamp64Milli(max(f.issued_at))) AS issuedAt
     FROM forecasts AS f FINAL WHERE (f.series, f.issued_at) IN (${newest})`,
  );
  const peaks = await select(
    store,
    peakRow,
    `SELECT series, model, toUnixTimestamp64Milli(f.at) AS at, mean, lower, upper FROM forecasts AS f FINAL
     WHERE (f.series, f.issued_at) IN (${newest})
     ORDER BY mean DESC, series, f.at LIMIT 1 BY series LIMIT {limit:UInt32}`,
    { limit: LIST_LIMIT },
  );
  return { ...counts, peaks };
}
