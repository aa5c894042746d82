-- expect: found
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX visits_at ON visits (at);
-- statistics
-- [server]
-- taken_at = "2026-06-01T00:00:00Z"
-- statistics_reset = "2026-01-01T00:00:00Z"
-- [tables.visits]
-- rows = 5_000_000
-- [indexes.visits_at]
-- pages = 20000
-- rows = 5000000
-- scans = 12
-- last_scan = "2026-02-01T08:00:00Z"

-- query
SELECT 1;
