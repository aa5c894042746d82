-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL);
CREATE INDEX t1 ON t (a) WHERE c = 7;
CREATE INDEX t2 ON t (a, b) WHERE (c = 8);

-- query
SELECT 1;
