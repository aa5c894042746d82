-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, name varchar(40) NOT NULL);
CREATE INDEX t1 ON t (lower(name));
CREATE INDEX t2 ON t USING btree (upper((name)::text));

-- query
SELECT 1;
