-- The parcels that stood still in a place while an incident of their flow, or of their data, was open there.
CREATE TABLE incident_parcels (
  incident_id String,
  finding_id String,
  order_id String,
  at DateTime64(3, 'UTC') COMMENT 'when the incident knew of it'
) ENGINE = ReplacingMergeTree ORDER BY (incident_id, finding_id);

-- Share of the expected data of a feed that had come when it was looked at; said when it changes.
CREATE TABLE completeness (
  dimension LowCardinality(String),
  value LowCardinality(String),
  at DateTime64(3, 'UTC'),
  observed UInt32,
  expected UInt32,
  share Float64
) ENGINE = ReplacingMergeTree ORDER BY (dimension, value, at);

-- The watched region at the top above every region that was ever named.
CREATE TABLE region_tops (
  region LowCardinality(String),
  top LowCardinality(String)
) ENGINE = ReplacingMergeTree ORDER BY region;

-- Carriers compared, day by day, over the weeks before; a region '' is all of them.
CREATE TABLE carrier_scores (
  at DateTime64(3, 'UTC'),
  kind LowCardinality(String) COMMENT 'delivery or customs',
  region LowCardinality(String),
  carrier LowCardinality(String) COMMENT 'for customs, the broker: who clears it where',
  orders UInt32,
  on_time UInt32,
  share Float64 COMMENT 'on time, as it would be on the lanes of all carriers of the region together',
  lower Float64,
  upper Float64,
  best Float64 COMMENT 'probability that none of the others is better',
  weight Float64 COMMENT 'suggested share of new parcels',
  delay_p50 Nullable(Float64) COMMENT 'hours after the promise; of customs, hours in it',
  delay_p90 Nullable(Float64),
  sync_p50 Nullable(Float64) COMMENT 'seconds from a scan to its arrival here',
  sync_p90 Nullable(Float64)
) ENGINE = ReplacingMergeTree ORDER BY (at, kind, region, carrier);

ALTER TABLE actions ADD COLUMN IF NOT EXISTS incident_id String COMMENT 'the silence of data a decision was held for';

-- Every finding with the data that was there to make it: the lesser share of its carrier's and its region's feed, 1 where
-- nothing was said to be missing.
CREATE OR REPLACE VIEW findings AS
SELECT f.*, least(if(c.value = '', 1, c.share), if(r.value = '', 1, r.share)) AS completeness
FROM (
  SELECT finding_id,
    anyIf(kind, change = 'opened') AS kind,
    anyIf(subject_kind, change = 'opened') AS subject_kind,
    anyIf(subject_id, change = 'opened') AS subject_id,
    anyIf(since, change = 'opened') AS since,
    anyIf(due, change = 'opened') AS due,
    anyIf(stage, change = 'opened') AS stage,
    anyIf(order_id, change = 'opened') AS order_id,
    anyIf(customer_id, change = 'opened') AS customer_id,
    anyIf(merchant_id, change = 'opened') AS merchant_id,
    anyIf(category, change = 'opened') AS category,
    anyIf(carrier, change = 'opened') AS carrier,
    anyIf(hub, change = 'opened') AS hub,
    anyIf(region, change = 'opened') AS region,
    anyIf(type, change = 'opened') AS type,
    anyIf(evidence, change = 'opened') AS evidence,
    minIf(at, change = 'opened') AS opened_at,
    if(countIf(change = 'ended') > 0, maxIf(at, change = 'ended'), NULL) AS ended_at,
    anyIf(reason, change = 'ended') AS ended_by
  FROM finding_changes GROUP BY finding_id
) AS f
LEFT JOIN (SELECT region AS code, any(top) AS top_code FROM region_tops GROUP BY region) AS t ON t.code = f.region
ASOF LEFT JOIN (SELECT value, at, share FROM completeness FINAL WHERE dimension = 'carrier') AS c
  ON c.value = f.carrier AND c.at <= f.opened_at
ASOF LEFT JOIN (SELECT value, at, share FROM completeness FINAL WHERE dimension = 'region') AS r
  ON r.value = t.top_code AND r.at <= f.opened_at;
