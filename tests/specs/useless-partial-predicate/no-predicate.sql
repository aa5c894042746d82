-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int, CHECK (a > 0));
CREATE INDEX t1 ON t (a);

-- query
SELECT 1;
