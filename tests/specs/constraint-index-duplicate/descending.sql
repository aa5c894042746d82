-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (id DESC);

-- query
SELECT 1;
