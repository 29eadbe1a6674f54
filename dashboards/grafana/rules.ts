import { OPERATIONS_UID, PANEL } from "./boards/operations-ids.ts";
import { FRONTIER_LAG } from "./boards/operations-sql.ts";
import { clickHouse } from "./query.ts";
import { EXPRESSION, FOLDER, SOURCE } from "./source.ts";

type Severity = "critical" | "warning" | "none";
type RuleSpec = {
  readonly uid: string;
  readonly title: string;
  /** One number, called value. No row is "no data". */
  readonly sql: string;
  /** Fires above `fire`; is over only below `calm`, so that a value at the limit does not flap. */
  readonly fire: number;
  readonly calm: number;
  readonly holds: string;
  readonly severity: Severity;
  readonly component: string;
  readonly panel: number;
  readonly summary: string;
  readonly action: string;
  readonly noData: "OK" | "Alerting" | "NoData";
};

/** Findings still open of the last 90 days. Rules look at now, whatever a board shows. */
const open = (kinds: string) => `
  SELECT count() AS value FROM (
    SELECT finding_id FROM finding_changes WHERE at >= $__toTime - INTERVAL 90 DAY AND ${kinds}
    GROUP BY finding_id HAVING countIf(change = 'opened') > 0 AND countIf(change = 'ended') = 0)`;

const RULES: readonly RuleSpec[] = [
  {
    uid: "tocsin-frontier-lag",
    title: "Tocsin is behind",
    sql: FRONTIER_LAG,
    fire: 900,
    calm: 300,
    holds: "5m",
    severity: "critical",
    component: "pipeline",
    panel: PANEL.frontierLag,
    summary: "Warnings come late: event time is more than 15 minutes behind the clock",
    action: "Find the stuck process in the lag table and restart it; it resumes where it was",
    noData: "Alerting",
  },
  {
    uid: "tocsin-open-incidents",
    title: "Incidents are open",
    sql: `SELECT count() AS value FROM (
      SELECT incident_id FROM incident_changes WHERE at >= $__toTime - INTERVAL 90 DAY
      GROUP BY incident_id HAVING argMax(change, (at, change = 'resolved')) != 'resolved')`,
    fire: 0.5,
    calm: 0.5,
    holds: "0s",
    severity: "warning",
    component: "hotspot",
    panel: PANEL.openIncidents,
    summary: "A place or stage stands out",
    action: "Take the largest incident first and call the hub or carrier it names",
    noData: "OK",
  },
  {
    uid: "tocsin-stalled-share",
    title: "Many parcels stand still",
    sql: `SELECT stalled / orders AS value FROM (${open("startsWith(kind, 'stalled')").replace("AS value", "AS stalled")}) AS s,
      (SELECT sum(open) AS orders FROM progress FINAL WHERE process = 'track') AS o WHERE orders > 0`,
    fire: 0.05,
    calm: 0.03,
    holds: "10m",
    severity: "critical",
    component: "track",
    panel: PANEL.openStalls,
    summary: "More than 5 % of open orders are stalled",
    action: "Group the stalled parcels by hub and carrier and call the one behind most of them",
    noData: "OK",
  },
  {
    uid: "tocsin-first-response",
    title: "First responses are overdue",
    sql: open("kind = 'first_response_overdue'"),
    fire: 5,
    calm: 2,
    holds: "2m",
    severity: "critical",
    component: "complain",
    panel: PANEL.responsesOverdue,
    summary: "More than five complaints wait for a first response past their limit",
    action: "Answer the major ones now and bring in more agents",
    noData: "OK",
  },
  {
    uid: "tocsin-approvals",
    title: "Approvals pile up",
    sql: `SELECT count() AS value FROM actions FINAL
      WHERE verdict = 'awaiting_approval' AND decided_at >= $__toTime - INTERVAL 90 DAY
        AND decided_at < $__toTime - INTERVAL 1 HOUR`,
    fire: 10,
    calm: 5,
    holds: "5m",
    severity: "warning",
    component: "act",
    panel: PANEL.awaitingApproval,
    summary: "More than ten actions have waited over an hour for a person",
    action: "Approve or refuse them",
    noData: "OK",
  },
  {
    uid: "tocsin-rejected",
    title: "Many records are refused",
    sql: `SELECT uniqExact(letter_id) AS value FROM dead_letters WHERE received_at >= $__toTime - INTERVAL 15 MINUTE`,
    fire: 100,
    calm: 20,
    holds: "0s",
    severity: "warning",
    component: "ingest",
    panel: PANEL.rejected,
    summary: "More than 100 bad records in 15 minutes: a sender has changed its format",
    action: "Read some with `dead-letters list`, have the sender mend them, then replay",
    noData: "OK",
  },
  {
    uid: "tocsin-undelivered",
    title: "Actions or pages are not delivered",
    sql: `SELECT uniqExact(effect_id) AS value FROM deliveries FINAL
      WHERE status = 'failed' AND updated_at >= $__toTime - INTERVAL 1 HOUR`,
    fire: 0.5,
    calm: 0.5,
    holds: "1m",
    severity: "critical",
    component: "act",
    panel: PANEL.deliveries,
    summary: "What Tocsin decided in the last hour did not reach its receiver",
    action: "Check the receiver of the webhook; deliveries are retried under the same key",
    noData: "OK",
  },
  {
    uid: "tocsin-watchdog",
    title: "Watchdog",
    sql: "SELECT 1 AS value LIMIT 1",
    fire: 0.5,
    calm: 0.5,
    holds: "0s",
    severity: "none",
    component: "watchdog",
    panel: PANEL.alerts,
    summary: "Always fires: its silence means that alerting itself is dead",
    action: "Nothing while it fires. When the dead man's switch reports silence, look at Grafana and ClickHouse",
    noData: "Alerting",
  },
];

/** The alert rules as Grafana's file provisioning reads them: SQL, its last value, a threshold that unloads lower. */
export const alertRules = (runbooks: string) => ({
  apiVersion: 1,
  groups: [
    { orgId: 1, name: "tocsin", folder: FOLDER, interval: "1m", rules: RULES.map((rule) => ruleOf(rule, runbooks)) },
  ],
});

const ruleOf = (rule: RuleSpec, runbooks: string) => ({
  uid: rule.uid,
  title: rule.title,
  condition: "C",
  data: [
    {
      refId: "A",
      relativeTimeRange: { from: 3600, to: 0 },
      datasourceUid: SOURCE.uid,
      model: clickHouse(rule.sql, "table"),
    },
    step("B", { type: "reduce", expression: "A", reducer: "last", settings: { mode: "" } }),
    step("C", {
      type: "threshold",
      expression: "B",
      conditions: [
        {
          evaluator: { type: "gt", params: [rule.fire] },
          unloadEvaluator: { type: "lt", params: [rule.calm] },
        },
      ],
    }),
  ],
  noDataState: rule.noData,
  execErrState: "Error",
  for: rule.holds,
  keepFiringFor: rule.severity === "none" ? "0s" : "5m",
  dashboardUid: OPERATIONS_UID,
  panelId: rule.panel,
  annotations: { summary: rule.summary, description: rule.action, runbook_url: `${runbooks}#${rule.uid}` },
  labels: { severity: rule.severity, team: "tocsin", component: rule.component },
  isPaused: false,
});

const step = (refId: string, expression: object) => ({
  refId,
  relativeTimeRange: { from: 0, to: 0 },
  datasourceUid: EXPRESSION.uid,
  model: { refId, datasource: EXPRESSION, ...expression },
});
