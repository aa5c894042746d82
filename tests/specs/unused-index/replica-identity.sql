-- expect: silent
CREATE TABLE visits (page_id int NOT NULL, at timestamptz NOT NULL);
CREATE UNIQUE INDEX visits_identity ON visits (page_id, at);
ALTER TABLE visits REPLICA IDENTITY USING INDEX visits_identity;
-- statistics
-- [server]
-- taken_at = "2026-06-01T00:00:00Z"
-- statistics_reset = "2026-01-01T00:00:00Z"
-- [tables.visits]
-- rows = 5_000_000
-- [indexes.visits_identity]
-- pages = 20000
-- rows = 5000000
-- scans = 0

-- query
SELECT 1;
