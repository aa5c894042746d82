-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, n numeric(12,2) NOT NULL);
CREATE INDEX i1 ON public.t USING btree (((n * (2)::numeric)));
-- statistics
-- [tables.t]
-- rows = 2_000_000

-- query
SELECT id FROM t WHERE n * 2 = 7;
