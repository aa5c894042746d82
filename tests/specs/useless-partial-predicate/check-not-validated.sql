-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL);
ALTER TABLE t ADD CONSTRAINT t_b CHECK (b >= 0) NOT VALID;
CREATE INDEX t1 ON t (a) WHERE b >= 0;

-- query
SELECT 1;
