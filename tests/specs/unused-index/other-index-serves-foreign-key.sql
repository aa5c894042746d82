-- expect: found
CREATE TABLE pages (id int PRIMARY KEY);
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL REFERENCES pages, at timestamptz NOT NULL);
CREATE INDEX visits_page_hash ON visits USING hash (page_id);
CREATE INDEX visits_page_at ON visits (page_id, at);
-- statistics
-- [server]
-- taken_at = "2026-06-01T00:00:00Z"
-- statistics_reset = "2026-01-01T00:00:00Z"
-- [tables.visits]
-- rows = 5_000_000
-- [indexes.visits_page_at]
-- pages = 20000
-- rows = 5000000
-- scans = 0
-- [indexes.visits_page_hash]
-- pages = 20000
-- rows = 5000000
-- scans = 80000

-- query
SELECT 1;
