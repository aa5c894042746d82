-- expect: found
CREATE TABLE visits (id bigint PRIMARY KEY, site int NOT NULL, page int NOT NULL, at timestamptz NOT NULL);
CREATE INDEX visits_site_page ON visits (site, page);
-- statistics
-- [server]
-- version = 16
-- [tables.visits]
-- rows = 4_000_000
-- [tables.visits.columns.site]
-- distinct = 9_000
-- [tables.visits.columns.page]
-- distinct = 300_000

-- query
SELECT id FROM visits WHERE page IN (17, 18);
