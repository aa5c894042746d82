-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE);
ALTER TABLE t ADD CONSTRAINT t_a_again UNIQUE NULLS NOT DISTINCT (a);

-- query
SELECT 1;
