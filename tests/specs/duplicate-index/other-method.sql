-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (a);
CREATE INDEX t2 ON t USING hash (a);

-- query
SELECT 1;
