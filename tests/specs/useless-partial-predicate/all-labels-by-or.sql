-- expect: found
CREATE TYPE phase AS ENUM ('todo', 'done');
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, p phase NOT NULL);
CREATE INDEX t1 ON t (a) WHERE p = 'todo' OR p = 'done';

-- query
SELECT 1;
