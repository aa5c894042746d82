-- expect: found
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_queue ON jobs (queue, due);
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [tables.jobs.columns.queue]
-- width = 12
-- [indexes.jobs_queue]
-- pages = 20_000
-- rows = 1_000_000

-- query
SELECT 1;
