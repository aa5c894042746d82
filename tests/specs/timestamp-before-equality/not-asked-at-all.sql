-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, at timestamptz NOT NULL, d date NOT NULL);
CREATE INDEX t1 ON t (at, a);

-- query
SELECT 1;
