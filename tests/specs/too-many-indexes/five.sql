-- expect: silent
CREATE TABLE clicks (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int);
CREATE INDEX clicks_a ON clicks (a);
CREATE INDEX clicks_b ON clicks (b);
CREATE INDEX clicks_c ON clicks (c);
CREATE INDEX clicks_d ON clicks (d);
CREATE INDEX clicks_e ON clicks (e);
-- statistics
-- [tables.clicks]
-- rows = 50_000_000
-- inserts = 50000000
-- updates = 0
-- deletes = 0
-- hot_updates = 0
-- sequential_scans = 12
-- index_scans = 90000

-- query
SELECT 1;
