-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, at timestamptz NOT NULL, d date NOT NULL);
CREATE INDEX t1 ON t (d, a);

-- query
SELECT id FROM t WHERE a = $1 AND d BETWEEN $2 AND $3;
