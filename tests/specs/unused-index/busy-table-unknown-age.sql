-- expect: found
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX visits_at ON visits (at);
-- statistics
-- [tables.visits]
-- rows = 5_000_000
-- index_scans = 900_000
-- sequential_scans = 4
-- [indexes.visits_at]
-- pages = 20000
-- rows = 5000000
-- scans = 0

-- query
SELECT 1;
