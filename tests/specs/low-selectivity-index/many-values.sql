-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, ok boolean NOT NULL, state text NOT NULL, a int NOT NULL);
CREATE INDEX t1 ON t (a);
-- statistics
-- [tables.t]
-- rows = 2_000_000
-- [tables.t.columns.ok]
-- values = { true = 0.5, false = 0.5 }
-- [tables.t.columns.state]
-- values = { done = 0.97, open = 0.03 }
-- [tables.t.columns.a]
-- distinct = 300_000

-- query
SELECT id FROM t WHERE a = 5;
