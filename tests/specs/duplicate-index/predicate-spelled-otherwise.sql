-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int);
CREATE INDEX t1 ON t (a) WHERE b IS NOT NULL;
CREATE INDEX t2 ON t (a) WHERE (NOT (b IS NULL));

-- query
SELECT 1;
