-- expect: found
CREATE TABLE t (a int, b int, PRIMARY KEY (a, b));
CREATE INDEX t1 ON t (a);

-- query
SELECT 1;
