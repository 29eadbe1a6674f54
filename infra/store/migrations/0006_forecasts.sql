-- Forecasts as they were issued: one row per series, step and issue, with a value per moment ahead.
DROP TABLE IF EXISTS forecasts;

CREATE TABLE forecast_issues (
  series LowCardinality(String) COMMENT 'measure, or measure|dimension|value; * gathers what is too small to stand alone',
  step LowCardinality(String) COMMENT 'hour or day',
  issued_at DateTime64(3, 'UTC') COMMENT 'only what was known before it was looked at',
  version String COMMENT 'the fit it was made with',
  model LowCardinality(String) COMMENT 'the competitor with the largest weight in it',
  status LowCardinality(String) COMMENT 'ok, learning, coverage_broken or biased: nobody acts by itself on any but ok',
  moments Array(DateTime64(3, 'UTC')),
  mean Array(Float64),
  quantiles Array(Array(Float64)) COMMENT 'per level 0.025 0.05 0.1 0.25 0.5 0.75 0.9 0.95 0.975, the moments ahead'
) ENGINE = ReplacingMergeTree ORDER BY (series, step, issued_at);

CREATE TABLE forecast_fits (
  version String COMMENT 'made from all that is in it: the same facts give the same fit, and no chance is in it',
  series LowCardinality(String),
  model LowCardinality(String) COMMENT 'the competitor with the largest weight',
  learned_to DateTime64(3, 'UTC') COMMENT 'only what was known before it was learned from',
  days UInt32 COMMENT 'days of the past it saw',
  error Float64 COMMENT 'mean absolute log error over past origins; 0 while there were none',
  body String COMMENT 'everything a forecast is made from, a JSON object'
) ENGINE = ReplacingMergeTree ORDER BY (series, learned_to, version);

-- What came, held against what had been issued, a row per day, series and lead.
CREATE TABLE forecast_scores (
  series LowCardinality(String),
  step LowCardinality(String),
  at DateTime64(3, 'UTC') COMMENT 'start of the day that was forecast',
  lead UInt16 COMMENT 'days ahead: 1 is the day that began when it was issued',
  version String,
  n UInt16 COMMENT 'moments of the day: 1, or 24 hours',
  actual Float64,
  mean Float64,
  absolute_error Float64 COMMENT 'of the median, summed over the moments',
  inside80 UInt16,
  inside90 UInt16,
  inside95 UInt16,
  below UInt16 COMMENT 'moments at which less came than the median',
  pinball Float64 COMMENT 'mean over the levels, summed over the moments'
) ENGINE = ReplacingMergeTree ORDER BY (series, step, at, lead);

-- Chance of more complaints in a region on a day than it can answer, as said each day.
CREATE TABLE forecast_spikes (
  region LowCardinality(String),
  day DateTime64(3, 'UTC') COMMENT 'start of the day',
  issued_at DateTime64(3, 'UTC'),
  probability Float64,
  capacity Float64,
  mean Float64,
  upper Float64,
  promotion Float64 COMMENT 'complaints of the mean that are there because of it, against a day without',
  weather Float64,
  backlog Float64,
  season Float64,
  recent Float64,
  status LowCardinality(String),
  automatic Bool COMMENT 'whether anything may act on it without a person'
) ENGINE = ReplacingMergeTree ORDER BY (region, day, issued_at);

-- What the forecasts warn of: days above capacity, and series whose intervals no longer hold.
CREATE TABLE warning_changes (
  warning_id String,
  at DateTime64(3, 'UTC'),
  change Enum8('opened' = 1, 'grew' = 2, 'resolved' = 3),
  kind LowCardinality(String) COMMENT 'spike or drift',
  series LowCardinality(String),
  region LowCardinality(String),
  day DateTime64(3, 'UTC') COMMENT 'of a spike: the start of the day; of drift: since when',
  size UInt32 COMMENT 'complaints beyond capacity; of drift: targets outside of the interval',
  evidence String COMMENT 'a JSON object'
) ENGINE = ReplacingMergeTree ORDER BY (warning_id, at, change);

CREATE VIEW forecasts AS
SELECT series, issued_at, at, step, status, version, model, mean_ AS mean, low AS lower, middle AS median, high AS upper, low95 AS lower95, high95 AS upper95
FROM (SELECT series, step, issued_at, status, version, model, moments, mean, quantiles FROM forecast_issues FINAL)
ARRAY JOIN moments AS at, mean AS mean_, quantiles[3] AS low, quantiles[5] AS middle, quantiles[7] AS high,
  quantiles[1] AS low95, quantiles[9] AS high95;

CREATE VIEW forecast_status AS
SELECT series, step, argMax(status, i.issued_at) AS status, max(i.issued_at) AS issued_at
FROM forecast_issues AS i GROUP BY series, step;
