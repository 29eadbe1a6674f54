-- What is normal, learned again and again. A version is in force from its time on and never changes afterwards: a
-- limit is looked up by when a wait began, so an old one can always be found again.
CREATE TABLE norms (
  in_force_from DateTime64(3, 'UTC'),
  learned_to DateTime64(3, 'UTC') COMMENT 'only what was known before this was looked at',
  version String COMMENT 'digest of the body',
  waits UInt64 COMMENT 'finished waits it was learned from, all stages together',
  body String COMMENT 'a JSON object by stage: quantiles, lanes, carriers, weekdays, working hours' CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree ORDER BY in_force_from;
