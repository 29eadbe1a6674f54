import { z } from "zod";

const count = z.number().int().nonnegative();
/** A moment of event time, ISO 8601 in UTC. */
const moment = z.iso.datetime();

/** Lists in a summary are cut at this many entries; the totals beside them are of everything. */
export const LIST_LIMIT = 20;
/** Incidents are the story itself, so more of them are told. */
export const INCIDENT_LIMIT = 100;

const events = z
  .object({
    received: count.describe("records read from the log, repeats and bad ones included"),
    accepted: count.describe("different events stored"),
    repeated: count.describe("records that said what was known already"),
    rejected: count.describe("different bad records kept as dead letters"),
    late: count.describe("events that came after their window was closed"),
    from: moment.nullable().describe("time of the first event"),
    to: moment.nullable().describe("time of the last event"),
  })
  .refine((e) => e.received === e.accepted + e.repeated + e.rejected, {
    message: "expected received = accepted + repeated + rejected",
  });

const incident = z.object({
  incidentId: z.string(),
  measure: z.string().describe("what was counted, such as complaints or stalls"),
  dimension: z.string().describe("what it was counted by, such as region or hub"),
  value: z.string().describe("the region, hub, ... itself"),
  type: z.string().describe("complaint type or kind of stall, empty for all"),
  since: moment,
  openedAt: moment,
  resolvedAt: moment.nullable(),
  size: count.describe("parcels or cases above what was expected, at its largest"),
  observed: z.number().describe("in the bucket judged last"),
  expected: z.number(),
  pValue: z.number().describe("the smallest of its buckets"),
});

const findingKind = z.object({ kind: z.string(), total: count, open: count });

const cases = z.object({
  total: count,
  open: count,
  major: count,
  closed: count,
  repeatCustomers: count.describe("customers with the same issue twice or more"),
  firstResponseOverdue: count.describe("cases whose first response came late or not at all"),
  respondedInTime: count,
  respondedInTimeShare: z.number().min(0).max(1).nullable().describe("of the cases answered or overdue"),
  medianFirstResponseSeconds: z.number().nonnegative().nullable(),
  byType: z.array(z.object({ type: z.string(), total: count })).describe("the most frequent types"),
});

const actions = z.object({
  total: count,
  approved: count,
  awaitingApproval: count,
  held: count.describe("kept back while the data that would show whether a parcel stands still is missing"),
  amount: z.number().describe("approved, in CNY"),
  amountAwaiting: z.number().describe("awaiting approval, in CNY"),
  otherCurrencies: z.array(z.object({ currency: z.string(), amount: z.number() })).describe("approved"),
  bySteps: z.array(z.object({ step: z.string(), total: count })),
  byCause: z.array(z.object({ cause: z.string(), total: count })),
  deliveries: z.object({ delivered: count, pending: count, failed: count }).describe("of actions and pages to a sink"),
});

const pages = z.object({
  total: count,
  open: count,
  bySeverity: z.array(z.object({ severity: z.string(), total: count })),
  latest: z.array(
    z.object({
      pageId: z.string(),
      severity: z.string(),
      region: z.string(),
      title: z.string(),
      size: count,
      openedAt: moment,
      resolvedAt: moment.nullable(),
    }),
  ),
});

const forecasts = z.object({
  series: count,
  points: count.describe("points of the newest issue of every series"),
  issuedAt: moment.nullable(),
  peaks: z
    .array(
      z.object({
        series: z.string(),
        model: z.string(),
        at: moment,
        mean: z.number(),
        lower: z.number(),
        upper: z.number(),
      }),
    )
    .describe("the highest point ahead of the series with the highest peaks"),
});

/**
 * What happened up to the frontier, in one document. Counts are over distinct ids, so they are the same
 * after any crash, replay or repeated delivery. Times are event times.
 */
export const summary = z
  .object({
    frontier: moment.nullable().describe("everything before this moment has been seen by every partition"),
    events,
    orders: count,
    openOrders: count,
    stalls: count.describe("times a parcel stood still for longer than its stage explains"),
    openStalls: count,
    promiseRisks: count.describe("promises that were about to fail when it was said"),
    promiseBreaches: count,
    findings: z.object({ total: count, open: count, byKind: z.array(findingKind) }),
    incidents: z.array(incident).describe("open ones first, then by size"),
    incidentCounts: z.object({ total: count, open: count }),
    cases,
    actions,
    pages,
    forecasts,
  })
  .meta({ id: "Summary", description: "What Tocsin saw, said and did" });

export type Summary = z.output<typeof summary>;
export type IncidentSummary = z.output<typeof incident>;
