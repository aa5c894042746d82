-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_due ON jobs (due);
-- statistics
-- [tables.jobs]
-- rows = 20_000
-- [indexes.jobs_due]
-- pages = 600
-- rows = 20_000

-- query
SELECT 1;
