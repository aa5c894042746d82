-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, org int NOT NULL, at timestamptz NOT NULL, a int NOT NULL);
CREATE INDEX t1 ON t (org, at, a);
-- statistics
-- [tables.t]
-- rows = 800_000
-- [tables.t.columns.org]
-- distinct = 20

-- query
SELECT id FROM t WHERE org = 7 AND a = 5 AND at >= '2026-01-01' AND at < '2026-02-01';
