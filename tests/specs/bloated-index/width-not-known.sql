-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_queue ON jobs (queue);
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [indexes.jobs_queue]
-- pages = 30_000
-- rows = 1_000_000

-- query
SELECT 1;
