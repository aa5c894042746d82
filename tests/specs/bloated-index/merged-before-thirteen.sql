-- equal keys are merged from 13 on only
-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text NOT NULL, due timestamptz NOT NULL, state int NOT NULL);
CREATE INDEX jobs_state ON jobs (state);
-- statistics
-- [server]
-- version = 12
-- [tables.jobs]
-- rows = 1_000_000
-- [tables.jobs.columns.state]
-- distinct = 5
-- [indexes.jobs_state]
-- pages = 4_000
-- rows = 1_000_000

-- query
SELECT 1;
