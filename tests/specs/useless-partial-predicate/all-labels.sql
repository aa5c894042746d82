-- expect: found
CREATE TYPE phase AS ENUM ('todo', 'doing', 'done');
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, p phase NOT NULL);
CREATE INDEX t1 ON t (a) WHERE p IN ('todo', 'doing', 'done');

-- query
SELECT 1;
