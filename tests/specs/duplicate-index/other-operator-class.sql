-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (c);
CREATE INDEX t2 ON t (c text_pattern_ops);

-- query
SELECT 1;
