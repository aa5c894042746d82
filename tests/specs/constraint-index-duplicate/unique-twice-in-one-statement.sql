-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE, CONSTRAINT t_a_again UNIQUE (a));

-- query
SELECT 1;
