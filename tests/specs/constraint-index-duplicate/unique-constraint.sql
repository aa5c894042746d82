-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int UNIQUE);
CREATE INDEX t1 ON t (a);

-- query
SELECT 1;
