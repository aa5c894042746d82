-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (a) WHERE b > 0;
CREATE INDEX t2 ON t (a);

-- query
SELECT 1;
