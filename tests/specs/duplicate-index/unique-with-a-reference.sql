-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL);
CREATE INDEX t2 ON t (a, id);
CREATE UNIQUE INDEX t1 ON t (a);
CREATE TABLE u (a int REFERENCES t (a));
CREATE INDEX ON u (a);

-- query
SELECT 1;
