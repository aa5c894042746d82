-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, state character varying(10) NOT NULL, x integer);
CREATE INDEX i1 ON public.t USING btree (x) WHERE ((state)::text = 'open'::text);
-- statistics
-- [tables.t]
-- rows = 2_000_000
-- [tables.t.columns.state]
-- values = { done = 0.95, open = 0.04 }
-- distinct = 5
-- [tables.t.columns.x]
-- distinct = 10_000

-- query
SELECT id FROM t WHERE x = 5 AND state = 'open';
