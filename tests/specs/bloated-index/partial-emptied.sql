-- expect: found
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_open ON jobs (due) WHERE state = 0;
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [indexes.jobs_open]
-- pages = 8_000
-- rows = 2_000

-- query
SELECT 1;
