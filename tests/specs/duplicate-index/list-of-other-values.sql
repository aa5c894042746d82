-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, state varchar(10) NOT NULL);
CREATE INDEX t1 ON t (a) WHERE state IN ('new', 'open');
CREATE INDEX t2 ON t USING btree (a) WHERE ((state)::text = ANY ((ARRAY['new'::character varying, 'held'::character varying])::text[]));

-- query
SELECT 1;
