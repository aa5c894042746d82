-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE DEFERRABLE);
ALTER TABLE t ADD CONSTRAINT t_a_b UNIQUE (a, id);

-- query
SELECT 1;
