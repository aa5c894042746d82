-- expect: found
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [indexes.jobs_pkey]
-- pages = 9_000
-- rows = 1_000_000

-- query
SELECT 1;
