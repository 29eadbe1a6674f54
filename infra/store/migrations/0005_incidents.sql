-- Incidents live longer lives, and say what they are made of. A detector that knows less leaves the rest at nothing.

ALTER TABLE incident_changes MODIFY COLUMN change Enum8('opened' = 1, 'grew' = 2, 'resolved' = 3, 'shrank' = 4, 'reopened' = 5);
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS parcels UInt32 COMMENT 'distinct orders with a finding here since it began';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS cases UInt32 COMMENT 'distinct complaints here since it began';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS customers UInt32;
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS money Float64 COMMENT 'value of those orders, in their own currency';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS next24 Float64 COMMENT 'events expected in the next 24 hours';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS failing_since Nullable(DateTime64(3, 'UTC')) COMMENT 'when what is complained of began to fail';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS causes String COMMENT 'a JSON array of drivers with their shares';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS remedy LowCardinality(String) COMMENT 'what the design suggests to do';
ALTER TABLE incident_changes ADD COLUMN IF NOT EXISTS policy LowCardinality(String);

DROP VIEW IF EXISTS incidents;
CREATE VIEW incidents AS
SELECT incident_id, argMin(measure, (at, change)) AS measure, any(dimension) AS dimension,
  any(value) AS value, argMin(type, (at, change)) AS type,
  min(since) AS since, min(at) AS opened_at,
  if(argMax(change, (at, change = 'resolved')) = 'resolved', max(at), NULL) AS resolved_at,
  max(size) AS size, argMaxIf(observed, at, change != 'resolved') AS observed,
  argMaxIf(expected, at, change != 'resolved') AS expected, min(p_value) AS p_value,
  argMaxIf(evidence, at, change != 'resolved') AS evidence,
  max(parcels) AS parcels, max(cases) AS cases, max(customers) AS customers, max(money) AS money,
  argMax(next24, at) AS next24, min(failing_since) AS failing_since,
  argMaxIf(causes, at, causes NOT IN ('', '[]')) AS causes, argMaxIf(remedy, at, remedy != '') AS remedy, any(policy) AS policy,
  argMax(toString(change), (at, change = 'resolved')) AS state
FROM incident_changes GROUP BY incident_id;

DROP VIEW IF EXISTS pages;
CREATE VIEW pages AS
SELECT page_id, any(subject_kind) AS subject_kind, any(subject) AS subject, argMax(severity, (at, change)) AS severity,
  any(region) AS region, min(at) AS opened_at,
  if(argMax(change, (at, change = 'resolved')) = 'resolved', max(at), NULL) AS resolved_at,
  max(size) AS size, argMax(title, (at, change)) AS title, argMax(body, (at, change)) AS body
FROM page_changes GROUP BY page_id;
