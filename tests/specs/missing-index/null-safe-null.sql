-- IS NOT DISTINCT FROM NULL is IS NULL, of which an index with that predicate holds the rows.
-- expect: silent
CREATE TABLE t (id bigint PRIMARY KEY, gone_at timestamptz, x integer);
CREATE INDEX i1 ON t (x) WHERE gone_at IS NULL;
-- statistics
-- [tables.t]
-- rows = 2_000_000
-- [tables.t.columns.gone_at]
-- nulls = 0.5
-- [tables.t.columns.x]
-- distinct = 100_000

-- query
SELECT id FROM t WHERE x = 5 AND gone_at IS NOT DISTINCT FROM NULL;
