-- Every table merges repeats: writing a row again changes nothing, so a crash may repeat any write.
-- `at` is when something happened; `known_at` is the event time at which Tocsin knew it (the partition's
-- watermark, if that was ahead). "As of T" is always `known_at <= T`, and gives the same rows on every replay.
-- Of rows with the same key the one with the lowest log offset wins (`rank`), so a repeat never moves a fact.

CREATE TABLE order_events (
  order_id String,
  event_id String,
  content String COMMENT 'digest of the contents when the sender named the event: another content under one id is a conflict',
  kind LowCardinality(String),
  at DateTime64(3, 'UTC'),
  known_at DateTime64(3, 'UTC'),
  region LowCardinality(String),
  customer_id String,
  merchant_id String,
  category LowCardinality(String),
  value Nullable(Decimal(18, 2)),
  currency LowCardinality(String),
  origin LowCardinality(String),
  destination LowCardinality(String),
  carrier LowCardinality(String),
  service LowCardinality(String),
  hub LowCardinality(String),
  promised_by Nullable(DateTime64(3, 'UTC')),
  traits Array(LowCardinality(String)),
  produced_at Nullable(DateTime64(3, 'UTC')),
  expires_at Nullable(DateTime64(3, 'UTC')),
  signed_by LowCardinality(String),
  distance_m Nullable(Float32),
  extra String COMMENT 'unknown fields, a JSON object or empty',
  partition UInt16,
  offset UInt64,
  rank UInt64 DEFAULT 18446744073709551615 - offset,
  INDEX at_range at TYPE minmax GRANULARITY 1,
  INDEX known_range known_at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(rank) PARTITION BY toYear(at) ORDER BY (order_id, event_id, content);

CREATE TABLE complaint_events (
  complaint_id String,
  event_id String,
  content String,
  customer_id String,
  kind LowCardinality(String),
  at DateTime64(3, 'UTC'),
  known_at DateTime64(3, 'UTC'),
  order_id String,
  channel LowCardinality(String),
  text String,
  type LowCardinality(String),
  cause LowCardinality(String),
  severity LowCardinality(String),
  nickname String,
  contact String,
  merchant_id String,
  anchor_id String,
  carrier LowCardinality(String),
  agent_id String,
  region LowCardinality(String),
  satisfaction Nullable(UInt8),
  solved Nullable(Bool),
  compensation Nullable(Decimal(18, 2)),
  currency LowCardinality(String),
  extra String,
  partition UInt16,
  offset UInt64,
  rank UInt64 DEFAULT 18446744073709551615 - offset,
  INDEX at_range at TYPE minmax GRANULARITY 1,
  INDEX known_range known_at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(rank) PARTITION BY toYear(at) ORDER BY (complaint_id, event_id, content);

CREATE TABLE context_events (
  event_id String,
  content String,
  kind LowCardinality(String),
  subject String COMMENT 'id of the promotion; region, hub or carrier of the rest',
  from_at DateTime64(3, 'UTC'),
  to_at DateTime64(3, 'UTC'),
  issued_at DateTime64(3, 'UTC'),
  known_at DateTime64(3, 'UTC'),
  body String COMMENT 'the event, a JSON object',
  partition UInt16,
  offset UInt64,
  rank UInt64 DEFAULT 18446744073709551615 - offset
) ENGINE = ReplacingMergeTree(rank) ORDER BY (kind, subject, event_id, content);

CREATE TABLE dead_letters (
  letter_id String COMMENT 'made from the stream and the bytes: the same bad record twice is one letter',
  stream LowCardinality(String),
  source String COMMENT 'http, a file name, or topic/partition',
  position UInt64 COMMENT 'line of the file or offset in the log',
  reason LowCardinality(String),
  detail String,
  bytes String COMMENT 'the original record, base64',
  received_at DateTime64(3, 'UTC'),
  offset UInt64,
  rank UInt64 DEFAULT 18446744073709551615 - offset
) ENGINE = ReplacingMergeTree(rank) ORDER BY letter_id;

-- One finding is one statement about one subject; it opens once and ends once.
CREATE TABLE finding_changes (
  finding_id String,
  change Enum8('opened' = 1, 'ended' = 2),
  at DateTime64(3, 'UTC') COMMENT 'event time at which it was said',
  kind LowCardinality(String),
  subject_kind LowCardinality(String) COMMENT 'order, case or customer',
  subject_id String,
  since DateTime64(3, 'UTC') COMMENT 'when the state it speaks of began',
  due Nullable(DateTime64(3, 'UTC')) COMMENT 'the limit that was passed, or the promise at stake',
  reason LowCardinality(String) COMMENT 'why it ended',
  stage LowCardinality(String),
  order_id String,
  customer_id String,
  merchant_id String,
  category LowCardinality(String),
  carrier LowCardinality(String),
  hub LowCardinality(String),
  region LowCardinality(String),
  type LowCardinality(String),
  evidence String COMMENT 'a JSON object',
  policy LowCardinality(String),
  partition UInt16,
  offset UInt64,
  INDEX at_range at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(offset) ORDER BY (finding_id, change);

-- How far each partition is: `watermark` is what the frontier of everything downstream is made of.
CREATE TABLE progress (
  process LowCardinality(String),
  topic LowCardinality(String),
  partition UInt16,
  next_offset UInt64,
  watermark DateTime64(3, 'UTC'),
  received UInt64,
  rejected UInt64,
  late UInt64,
  open UInt64 COMMENT 'orders or cases still open in this partition'
) ENGINE = ReplacingMergeTree(next_offset) ORDER BY (process, topic, partition);

-- State, timers and offset together. A checkpoint counts when all of its chunks are there; it is written into
-- the slot that does not hold the latest whole one, so a torn one never costs the one before it.
CREATE TABLE checkpoints (
  process LowCardinality(String),
  topic LowCardinality(String),
  partition UInt16,
  slot UInt8,
  chunk UInt32,
  chunks UInt32,
  next_offset UInt64,
  body String COMMENT 'base64 of gzip of lines' CODEC(NONE)
) ENGINE = ReplacingMergeTree(next_offset) ORDER BY (process, topic, partition, slot, chunk);

-- How far in event time the processes that read tables are.
CREATE TABLE cursors (
  process LowCardinality(String),
  at DateTime64(3, 'UTC'),
  state String COMMENT 'what the process needs to go on from here, where its own tables do not say it'
) ENGINE = ReplacingMergeTree(at) ORDER BY process;

-- What the hotspot detector saw and expected, kept for every bucket that had something in it.
CREATE TABLE judgements (
  series String COMMENT 'measure|dimension|value|type',
  measure LowCardinality(String),
  dimension LowCardinality(String),
  value LowCardinality(String),
  type LowCardinality(String),
  bucket_ms UInt32,
  at DateTime64(3, 'UTC') COMMENT 'start of the bucket',
  observed UInt32,
  expected Float64,
  upper Float64,
  p_value Float64,
  alarm Bool
) ENGINE = ReplacingMergeTree ORDER BY (series, bucket_ms, at);

CREATE TABLE incident_changes (
  incident_id String,
  at DateTime64(3, 'UTC'),
  change Enum8('opened' = 1, 'grew' = 2, 'resolved' = 3),
  measure LowCardinality(String),
  dimension LowCardinality(String),
  value LowCardinality(String),
  type LowCardinality(String),
  since DateTime64(3, 'UTC'),
  observed UInt32,
  expected Float64,
  p_value Float64,
  size UInt32 COMMENT 'excess parcels or cases so far',
  evidence String
) ENGINE = ReplacingMergeTree ORDER BY (incident_id, at, change);

-- The ledger: decided first, delivered afterwards under the decision's id.
CREATE TABLE actions (
  action_id String,
  order_id String,
  customer_id String,
  cause LowCardinality(String),
  finding_id String,
  steps Array(LowCardinality(String)),
  amount Decimal(18, 2),
  currency LowCardinality(String),
  verdict LowCardinality(String) COMMENT 'approved or awaiting_approval',
  reason String,
  region LowCardinality(String),
  decided_at DateTime64(3, 'UTC'),
  policy LowCardinality(String)
) ENGINE = ReplacingMergeTree ORDER BY action_id;

CREATE TABLE page_changes (
  page_id String,
  at DateTime64(3, 'UTC'),
  change Enum8('opened' = 1, 'grew' = 2, 'resolved' = 3),
  subject_kind LowCardinality(String) COMMENT 'incident or clock',
  subject String,
  severity LowCardinality(String),
  region LowCardinality(String),
  size UInt32,
  title String,
  body String COMMENT 'what, where, how bad, why, what to do: a JSON object'
) ENGINE = ReplacingMergeTree ORDER BY (page_id, at, change);

-- What happened to an outside effect. Wall-clock times: the only ones in this schema.
CREATE TABLE deliveries (
  effect_id String,
  sink LowCardinality(String),
  status LowCardinality(String) COMMENT 'pending, delivered or failed',
  attempts UInt32,
  detail String,
  updated_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(updated_at) ORDER BY (sink, effect_id);

CREATE TABLE forecasts (
  series String,
  issued_at DateTime64(3, 'UTC'),
  at DateTime64(3, 'UTC'),
  model LowCardinality(String),
  mean Float64,
  lower Float64,
  upper Float64
) ENGINE = ReplacingMergeTree ORDER BY (series, issued_at, at);

CREATE VIEW findings AS
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
FROM finding_changes GROUP BY finding_id;

CREATE VIEW incidents AS
SELECT incident_id, anyIf(measure, change = 'opened') AS measure, anyIf(dimension, change = 'opened') AS dimension,
  anyIf(value, change = 'opened') AS value, anyIf(type, change = 'opened') AS type,
  anyIf(since, change = 'opened') AS since, minIf(at, change = 'opened') AS opened_at,
  if(countIf(change = 'resolved') > 0, maxIf(at, change = 'resolved'), NULL) AS resolved_at,
  max(size) AS size, argMaxIf(observed, at, change != 'resolved') AS observed,
  argMaxIf(expected, at, change != 'resolved') AS expected, min(p_value) AS p_value,
  argMaxIf(evidence, at, change != 'resolved') AS evidence
FROM incident_changes GROUP BY incident_id;

CREATE VIEW pages AS
SELECT page_id, any(subject_kind) AS subject_kind, any(subject) AS subject, argMax(severity, (at, change)) AS severity,
  any(region) AS region, min(at) AS opened_at,
  if(countIf(change = 'resolved') > 0, maxIf(at, change = 'resolved'), NULL) AS resolved_at,
  max(size) AS size, argMax(title, (at, change)) AS title, argMax(body, (at, change)) AS body
FROM page_changes GROUP BY page_id;

CREATE VIEW cases AS
SELECT complaint_id, any(customer_id) AS customer_id, max(order_id) AS order_id, max(region) AS region,
  argMaxIf(type, at, type != '') AS type, max(severity = 'major') AS major, max(carrier) AS carrier,
  max(merchant_id) AS merchant_id, argMaxIf(text, at, text != '') AS text,
  min(at) AS opened_at,
  if(countIf(kind IN ('responded', 'solution_proposed', 'resolved', 'closed')) > 0,
    minIf(at, kind IN ('responded', 'solution_proposed', 'resolved', 'closed')), NULL) AS responded_at,
  argMax(kind, at) AS last_kind,
  if(argMaxIf(kind, at, kind IN ('resolved', 'closed', 'withdrawn', 'reopened')) IN ('resolved', 'closed', 'withdrawn'),
    maxIf(at, kind IN ('resolved', 'closed', 'withdrawn')), NULL) AS closed_at
FROM complaint_events GROUP BY complaint_id
HAVING countIf(kind = 'opened') > 0;

CREATE VIEW orders AS
SELECT order_id, max(customer_id) AS customer_id, max(merchant_id) AS merchant_id, max(category) AS category,
  argMaxIf(origin, at, origin != '') AS origin, argMaxIf(destination, at, destination != '') AS destination,
  argMaxIf(carrier, at, carrier != '') AS carrier, argMaxIf(promised_by, at, promised_by IS NOT NULL) AS promised_by,
  minIf(at, kind = 'placed') AS placed_at,
  if(countIf(kind = 'picked_up') > 0, minIf(at, kind = 'picked_up'), NULL) AS picked_up_at,
  if(countIf(kind = 'delivered') > 0, minIf(at, kind = 'delivered'), NULL) AS delivered_at,
  max(kind IN ('cancelled', 'lost', 'returned', 'refunded')) AS closed_otherwise,
  argMax(kind, at) AS last_kind, max(at) AS last_at
FROM order_events GROUP BY order_id;
