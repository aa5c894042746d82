-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL CHECK (b >= 0));
CREATE INDEX t1 ON t (a) WHERE b >= 0;

-- query
SELECT 1;
