-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE);
ALTER TABLE t ADD CONSTRAINT t_a_again UNIQUE (a);

-- query
SELECT 1;
