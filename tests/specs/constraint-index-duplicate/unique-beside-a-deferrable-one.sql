-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int, UNIQUE (a) DEFERRABLE);
CREATE UNIQUE INDEX t1 ON t (a);

-- query
SELECT 1;
