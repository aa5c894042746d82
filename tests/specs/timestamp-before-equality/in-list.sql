-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, at timestamptz NOT NULL, d date NOT NULL);
CREATE INDEX t1 ON t (at, a);

-- query
SELECT id FROM t WHERE a IN (5, 6) AND at >= '2026-01-01' AND at < '2026-02-01';
