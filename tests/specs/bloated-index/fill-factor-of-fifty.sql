-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_due ON jobs (due) WITH (fillfactor = 50);
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [indexes.jobs_due]
-- pages = 7_000
-- rows = 1_000_000

-- query
SELECT 1;
