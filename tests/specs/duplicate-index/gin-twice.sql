-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, tags text[]);
CREATE INDEX t1 ON t USING gin (tags);
CREATE INDEX t2 ON t USING gin (tags);

-- query
SELECT 1;
