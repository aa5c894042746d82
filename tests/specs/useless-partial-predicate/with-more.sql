-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int, CHECK (a > 0));
CREATE INDEX t1 ON t (b) WHERE a IS NOT NULL AND b > 5;

-- query
SELECT 1;
