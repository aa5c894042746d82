-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, doc jsonb NOT NULL);
CREATE INDEX t1 ON t USING gin (doc);
CREATE INDEX t2 ON t USING gin (doc jsonb_ops);

-- query
SELECT 1;
