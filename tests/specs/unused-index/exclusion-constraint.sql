-- expect: silent
CREATE TABLE visits (id bigint PRIMARY KEY, stay tstzrange NOT NULL, EXCLUDE USING gist (stay WITH &&));
-- statistics
-- [server]
-- taken_at = "2026-06-01T00:00:00Z"
-- statistics_reset = "2026-01-01T00:00:00Z"
-- [tables.visits]
-- rows = 5_000_000
-- [indexes.visits_stay_excl]
-- pages = 20000
-- rows = 5000000
-- scans = 0

-- query
SELECT 1;
