-- What the risks of open orders add up to, at the start of every day: by destination and by days until the promise.
CREATE TABLE promise_outlook (
  as_of DateTime64(3, 'UTC') COMMENT 'only facts known before it are in the row',
  region LowCardinality(String) COMMENT 'destination',
  days_ahead UInt8 COMMENT 'whole days until the promise',
  due UInt32 COMMENT 'orders, those that have arrived included',
  open UInt32,
  predicted Float64 COMMENT 'sum of the risks of those that are open',
  variance Float64 COMMENT 'sum of p (1 - p)'
) ENGINE = ReplacingMergeTree ORDER BY (as_of, region, days_ahead);
