import { CHOSEN } from "./filters.ts";

/** Findings older than this are history: nobody acts on a parcel that stalled a quarter ago. */
const REACH = "at >= $__toTime - INTERVAL 90 DAY AND at <= $__toTime";

/** Findings that stood open at the end of the time shown, so that a look at last week shows last week. */
const openFindings = (kinds: string, columns: string) => `
  SELECT finding_id, ${columns} FROM finding_changes
  WHERE ${REACH} AND ${kinds} AND ${CHOSEN}
  GROUP BY finding_id HAVING countIf(change = 'opened') > 0 AND countIf(change = 'ended') = 0`;

const countOpen = (kinds: string) => `SELECT count() AS value FROM (${openFindings(kinds, "1 AS one")})`;

const openIncidents = `
  SELECT incident_id, any(measure) AS measure, any(dimension) AS dimension, any(value) AS value, any(type) AS type,
    min(since) AS first, max(size) AS excess, min(p_value) AS p, max(parcels) AS touched, max(customers) AS people,
    argMaxIf(causes, at, causes != '') AS why, argMaxIf(remedy, at, remedy != '') AS help
  FROM incident_changes WHERE ${REACH}
  GROUP BY incident_id HAVING argMax(change, (at, change = 'resolved')) != 'resolved'`;

/** How far behind event time is, in seconds; a partition that never moved has watermark 1970 and shows as such. */
export const FRONTIER_LAG =
  "SELECT dateDiff('second', min(watermark), now64(3, 'UTC')) AS value FROM progress FINAL WHERE process IN ('track', 'complain') HAVING count() > 0";

// Named apart from the columns: an aggregate under a column's name would be taken for the column in WHERE.
const STALLED_COLUMNS = `any(order_id) AS f_order, any(kind) AS f_kind, any(hub) AS f_hub, any(carrier) AS f_carrier,
  any(region) AS f_region, min(since) AS f_since`;

/** Drivers as people read them: name and share. */
const DRIVERS = `arrayStringConcat(arrayMap(x -> concat(JSONExtractString(x, 'name'), ' ', toString(round(100 * JSONExtractFloat(x, 'share'))), '%'),
      JSONExtractArrayRaw(why)), ', ')`;

export const SQL = {
  openIncidents: `SELECT count() AS value FROM (${openIncidents})`,
  openStalls: countOpen("startsWith(kind, 'stalled')"),
  promisesAtRisk: countOpen("kind = 'promise_at_risk'"),
  responsesOverdue: countOpen("kind = 'first_response_overdue'"),
  awaitingApproval: `
    SELECT count() AS value FROM actions FINAL
    WHERE verdict = 'awaiting_approval' AND decided_at >= $__toTime - INTERVAL 90 DAY AND decided_at <= $__toTime`,
  frontierLag: FRONTIER_LAG,
  incidentTable: `
    SELECT dimension, value, measure, type, first AS since, excess, touched AS parcels, people AS customers, ${DRIVERS} AS causes, help AS remedy, p FROM (${openIncidents})
    ORDER BY excess DESC, incident_id LIMIT 50`,
  // Judgements are of places within places and of windows of several hours: they cannot be added up over regions.
  complaints: `
    SELECT time, sum(n) AS observed, maxOrNull(mean) AS expected, maxOrNull(high) AS upper FROM (
      SELECT toDateTime(toStartOfHour(c.at)) AS time, uniqExact(complaint_id) AS n, NULL AS mean, NULL AS high
      FROM complaint_events AS c WHERE kind = 'opened' AND $__timeFilter(c.at) GROUP BY time
      UNION ALL
      SELECT toDateTime(f.at) AS time, 0 AS n, argMax(f.mean, f.issued_at) AS mean, argMax(f.upper, f.issued_at) AS high
      FROM forecasts AS f WHERE series = 'complaints' AND step = 'hour' AND issued_at <= f.at AND $__timeFilter(f.at) GROUP BY time)
    GROUP BY time ORDER BY time`,
  findingsOverTime: `
    SELECT $__timeInterval(at) AS time, kind, uniqExact(finding_id) AS opened FROM finding_changes
    WHERE $__timeFilter(at) AND change = 'opened' AND ${CHOSEN}
    GROUP BY time, kind ORDER BY time, kind`,
  forecast: `
    SELECT toDateTime(f.at) AS time, f.series, argMax(f.mean, f.issued_at) AS mean FROM forecasts AS f
    WHERE step = 'hour' AND f.at >= $__fromTime AND f.at <= $__toTime + INTERVAL 3 DAY
      AND f.series IN (
        SELECT series FROM forecasts WHERE step = 'hour' AND at >= $__fromTime AND at <= $__toTime + INTERVAL 3 DAY
        GROUP BY series ORDER BY max(mean) DESC LIMIT 10)
    GROUP BY time, f.series ORDER BY time, f.series`,
  eventsOverTime: `
    SELECT time, stream, events / $__interval_s AS rate FROM (
      SELECT $__timeInterval(known_at) AS time, 'orders' AS stream, uniqExact(event_id) AS events
      FROM order_events WHERE $__timeFilter(known_at) GROUP BY time
      UNION ALL
      SELECT $__timeInterval(known_at) AS time, 'complaints' AS stream, uniqExact(event_id) AS events
      FROM complaint_events WHERE $__timeFilter(known_at) GROUP BY time)
    ORDER BY time, stream`,
  rejectedOverTime: `
    SELECT $__timeInterval(received_at) AS time, reason, uniqExact(letter_id) AS letters FROM dead_letters
    WHERE $__timeFilter(received_at) GROUP BY time, reason ORDER BY time, reason`,
  lagByProcess: `
    SELECT process, topic, max(lag) AS lag_s, sum(waiting) AS open FROM (
      SELECT process, topic, dateDiff('second', watermark, now64(3, 'UTC')) AS lag, open AS waiting FROM progress FINAL)
    GROUP BY process, topic ORDER BY lag_s DESC LIMIT 50`,
  deliveries: `
    SELECT $__timeInterval(updated_at) AS time, status, uniqExact(effect_id) AS effects FROM deliveries FINAL
    WHERE $__timeFilter(updated_at) GROUP BY time, status ORDER BY time, status`,
  tableSizes: `
    SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS rows, count() AS parts FROM system.parts
    WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC LIMIT 30`,
  stalledParcels: `
    SELECT f_order AS order_id, f_kind AS kind, f_hub AS hub, f_carrier AS carrier, f_region AS region, f_since AS since
    FROM (${openFindings("startsWith(kind, 'stalled')", STALLED_COLUMNS)}) ORDER BY f_since, finding_id LIMIT 100`,
  actions: `
    SELECT decided_at, order_id, cause, arrayStringConcat(steps, ', ') AS done, amount, currency, verdict FROM actions FINAL
    WHERE $__timeFilter(decided_at) ORDER BY decided_at DESC, action_id LIMIT 100`,
  pages: `
    SELECT page_id, argMax(severity, at) AS level, argMax(title, at) AS page, min(at) AS opened,
      if(countIf(change = 'resolved') > 0, 'over', 'open') AS state
    FROM page_changes WHERE $__timeFilter(at) GROUP BY page_id ORDER BY opened DESC, page_id LIMIT 100`,
  incidentMarks: `
    SELECT at AS time, concat(toString(change), ': ', measure, ' ', dimension, ' ', value) AS text, toString(change) AS tags
    FROM incident_changes WHERE $__timeFilter(at) AND change IN ('opened', 'reopened', 'resolved') ORDER BY at LIMIT 200`,
} as const;
