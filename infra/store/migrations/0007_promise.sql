-- What was believed of every open order's promise, and when: a row at fixed days before it and when the verdict changed.
CREATE TABLE promise_risks (
  order_id String,
  as_of DateTime64(3, 'UTC') COMMENT 'only facts known before it are in the row',
  promised_by DateTime64(3, 'UTC'),
  days_before Float64,
  stage LowCardinality(String),
  risk Float64 COMMENT 'probability of arriving after the promise',
  eta DateTime64(3, 'UTC') COMMENT 'median arrival',
  eta_low DateTime64(3, 'UTC') COMMENT '80 % interval',
  eta_high DateTime64(3, 'UTC'),
  model LowCardinality(String),
  verdict LowCardinality(String) COMMENT 'at_risk or fine',
  evidence String COMMENT 'largest shares of the log-odds, a JSON array'
) ENGINE = ReplacingMergeTree ORDER BY (order_id, as_of);

-- Every model that was ever in force, whole: what it said can be computed again.
CREATE TABLE promise_models (
  version String,
  in_force_from DateTime64(3, 'UTC'),
  learned_to DateTime64(3, 'UTC') COMMENT 'nothing known at or after it is in the model',
  looks UInt32 COMMENT 'looks at orders it was learned from',
  missed UInt32,
  body String COMMENT 'a JSON object'
) ENGINE = ReplacingMergeTree ORDER BY (learned_to, version);
