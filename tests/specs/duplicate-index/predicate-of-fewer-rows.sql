-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int);
CREATE INDEX t1 ON t (a) WHERE b > 10;
CREATE INDEX t2 ON t (a) WHERE b > 5;

-- query
SELECT 1;
