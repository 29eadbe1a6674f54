-- What became of dead letters after people looked at them. Wall-clock times: it happens outside of event time.

CREATE TABLE dead_letter_replays (
  letter_id String,
  outcome Enum8('accepted' = 1, 'refused' = 2, 'kept' = 3) COMMENT 'sent again; still bad; not to be sent again',
  detail String,
  replayed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(replayed_at) ORDER BY letter_id;

-- What retention took away: the bytes are gone, the count and the reason stay.
CREATE TABLE dead_letters_removed (
  letter_id String,
  stream LowCardinality(String),
  reason LowCardinality(String),
  received_at DateTime64(3, 'UTC'),
  removed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(removed_at) ORDER BY letter_id;
