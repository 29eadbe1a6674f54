/** What planners ask the store. */
export const SQL = {
  spikes: `
    SELECT day, region, probability, capacity, mean, upper, promotion, weather, backlog, season, status
    FROM (
      SELECT *, max(issued_at) OVER () AS latest FROM forecast_spikes FINAL
      WHERE issued_at <= $__toTime AND issued_at > $__toTime - INTERVAL 2 DAY
    )
    WHERE issued_at = latest AND day >= latest ORDER BY probability DESC, day, region LIMIT 100`,
  scores: `
    SELECT series, step, sum(n) AS targets, sum(inside90) / sum(n) AS inside_90
    FROM forecast_scores FINAL WHERE $__timeFilter(at) GROUP BY series, step ORDER BY inside_90 LIMIT 100`,
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
