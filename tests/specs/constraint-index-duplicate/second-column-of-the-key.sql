-- expect: silent
CREATE TABLE t (a int, b int, PRIMARY KEY (a, b));
CREATE INDEX t1 ON t (b);

-- query
SELECT 1;
