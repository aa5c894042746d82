-- expect: silent
CREATE TABLE t (a int PRIMARY KEY, CONSTRAINT t_a UNIQUE (a));

-- query
SELECT 1;
