-- expect: found
CREATE TABLE clicks (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int);
CREATE INDEX clicks_a_b ON clicks (a, b);
CREATE INDEX clicks_c_d ON clicks (c, d);
CREATE INDEX clicks_e_f ON clicks (e, f);
CREATE INDEX clicks_g_h ON clicks (g, h);
CREATE INDEX clicks_b_c ON clicks (b, c);
CREATE INDEX clicks_d_e ON clicks (d, e);
CREATE INDEX clicks_f_g ON clicks (f, g);
CREATE INDEX clicks_h_a ON clicks (h, a);
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
