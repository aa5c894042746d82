-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (a DESC);
CREATE INDEX t2 ON t (a, b);

-- query
SELECT 1;
