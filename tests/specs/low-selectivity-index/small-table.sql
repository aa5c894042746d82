-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, ok boolean NOT NULL, state text NOT NULL, a int NOT NULL);
CREATE INDEX t1 ON t (ok);
-- statistics
-- [tables.t]
-- rows = 200
-- [tables.t.columns.ok]
-- values = { true = 0.5, false = 0.5 }
-- [tables.t.columns.state]
-- values = { done = 0.97, open = 0.03 }
-- [tables.t.columns.a]
-- distinct = 3

-- query
SELECT id FROM t WHERE ok;
