-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
CREATE INDEX t1 ON t (c text_pattern_ops);
CREATE INDEX t2 ON t (c, a);

-- query
SELECT 1;
