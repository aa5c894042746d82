-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL CHECK (b >= 0), c date);
CREATE INDEX t1 ON t (a) WHERE b >= 0 AND c IS NOT NULL;

-- query
SELECT 1;
