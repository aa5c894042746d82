-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE UNIQUE INDEX t1 ON t (id);

-- query
SELECT 1;
