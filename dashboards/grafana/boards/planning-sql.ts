/** The range shown reaches into the future, so the last issue lies up to this far before its end. */
const REACH = "INTERVAL 36 DAY";

/** The series chosen; the country's complaints when none is. */
const SERIES = `coalesce(nullIf(CAST([\${series:singlequote}] AS Array(String))[1], ''), 'complaints')`;

/** Rows of the last word on days to come. */
const SPIKES = `(
      SELECT * FROM (
        SELECT *, max(issued_at) OVER () AS latest FROM forecast_spikes FINAL
        WHERE issued_at <= $__toTime AND issued_at > $__toTime - ${REACH})
      WHERE issued_at = latest AND day >= latest)`;

/** What planners ask the store. */
export const SQL = {
  spikes: `
    SELECT day, region, probability, capacity, mean, upper, promotion, weather, backlog, season, recent, status, automatic
    FROM ${SPIKES} ORDER BY probability DESC, day, region LIMIT 100`,
  probability: `
    SELECT toDateTime(day) AS time, region, probability FROM ${SPIKES}
    WHERE region IN (SELECT region FROM ${SPIKES} GROUP BY region ORDER BY max(probability) DESC, region LIMIT 12)
    ORDER BY time, region`,
  drivers: `
    SELECT toDateTime(day) AS time, sum(promotion) AS promotion, sum(weather) AS weather, sum(backlog) AS backlog,
      sum(season) AS season, sum(recent) AS recent FROM ${SPIKES} GROUP BY time ORDER BY time`,
  // Of every day the last word before it began; days to come have the latest, and so the width of their distance.
  fan: `
    SELECT time, maxOrNull(actual) AS came, maxOrNull(q5) AS median, maxOrNull(q1) AS low_95, maxOrNull(q9) AS high_95,
      maxOrNull(q3) AS low_80, maxOrNull(q7) AS high_80, maxOrNull(q4) AS low_50, maxOrNull(q6) AS high_50
    FROM (
      SELECT toDateTime(moment) AS time, NULL AS actual, argMax(a, issued_at) AS q1, argMax(b, issued_at) AS q3,
        argMax(c, issued_at) AS q4, argMax(d, issued_at) AS q5, argMax(e, issued_at) AS q6, argMax(f, issued_at) AS q7,
        argMax(g, issued_at) AS q9
      FROM (
        SELECT issued_at, moments, quantiles FROM forecast_issues FINAL
        WHERE series = ${SERIES} AND step = 'day' AND issued_at >= $__fromTime - ${REACH} AND issued_at <= $__toTime)
      ARRAY JOIN moments AS moment, quantiles[1] AS a, quantiles[3] AS b, quantiles[4] AS c, quantiles[5] AS d,
        quantiles[6] AS e, quantiles[7] AS f, quantiles[9] AS g
      WHERE issued_at <= moment AND $__timeFilter(moment) GROUP BY time
      UNION ALL
      SELECT toDateTime(s.at) AS time, s.actual AS actual, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM forecast_scores AS s FINAL
      WHERE series = ${SERIES} AND step = 'day' AND lead = 1 AND $__timeFilter(s.at))
    GROUP BY time ORDER BY time`,
  coverage: `
    SELECT toStartOfInterval(toDateTime(s.at), INTERVAL 7 DAY) AS time, sum(inside80) / sum(s.n) AS inside_80,
      sum(inside90) / sum(s.n) AS inside_90, sum(inside95) / sum(s.n) AS inside_95
    FROM forecast_scores AS s FINAL WHERE step = 'day' AND $__timeFilter(s.at) GROUP BY time ORDER BY time`,
  status: `
    SELECT s.series AS series, s.step AS step, argMax(status, s.issued_at) AS status,
      max(s.issued_at) AS issued, any(c.inside_90) AS inside_90, any(c.targets) AS targets
    FROM forecast_issues AS s
    LEFT JOIN (
      SELECT series, step, sum(inside90) / sum(n) AS inside_90, sum(n) AS targets FROM forecast_scores FINAL
      WHERE $__timeFilter(at) GROUP BY series, step) AS c ON s.series = c.series AND s.step = c.step
    WHERE s.issued_at <= $__toTime AND s.issued_at > $__toTime - ${REACH}
    GROUP BY series, step ORDER BY status = 'ok', inside_90, series LIMIT 200`,
  seriesNames: `
    SELECT DISTINCT series FROM forecast_issues WHERE step = 'day' AND issued_at <= $__toTime AND issued_at > $__toTime - ${REACH}
    ORDER BY series LIMIT 500`,
  carriers: `
    SELECT region, carrier, s.share AS on_time, lower, upper, orders, s.best AS best, s.weight AS weight, delay_p90, sync_p90
    FROM carrier_scores AS s FINAL
    WHERE kind = 'delivery' AND s.at = (SELECT max(at) FROM carrier_scores WHERE at <= $__toTime)
    ORDER BY region, weight DESC, carrier LIMIT 200`,
  // Only promises that are past: of the others the early arrivals alone are known.
  reliability: `
    SELECT bin / 10 AS risk_from, count() AS orders, avg(said) AS predicted, avg(missed) AS observed,
      observed - predicted AS off FROM (
      SELECT least(9, toUInt8(floor(r.risk * 10))) AS bin, r.risk AS said, if(d.arrived > r.promised_by, 1, 0) AS missed
      FROM promise_risks AS r FINAL
      INNER JOIN (
        SELECT order_id, min(e.at) AS arrived FROM order_events AS e
        WHERE kind = 'delivered' AND order_id IN (SELECT order_id FROM promise_risks WHERE $__timeFilter(as_of))
        GROUP BY order_id) AS d
      ON r.order_id = d.order_id
      WHERE r.days_before IN (1, 3, 5, 7, 10) AND $__timeFilter(r.as_of)
        AND r.promised_by < least($__toTime, (SELECT max(known_at) FROM order_events)))
    GROUP BY bin ORDER BY bin LIMIT 10`,
} as const;
