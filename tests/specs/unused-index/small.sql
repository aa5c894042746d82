-- expect: silent
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX visits_referrer ON visits (referrer);
-- statistics
-- [server]
-- taken_at = "2026-06-01T00:00:00Z"
-- statistics_reset = "2026-01-01T00:00:00Z"
-- [tables.visits]
-- rows = 900
-- [indexes.visits_referrer]
-- pages = 5
-- rows = 900
-- scans = 0

-- query
SELECT 1;
