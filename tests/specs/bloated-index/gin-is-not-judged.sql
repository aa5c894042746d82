-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, tags text[] NOT NULL);
CREATE INDEX jobs_tags ON jobs USING gin (tags);
-- statistics
-- [tables.jobs]
-- rows = 1_000_000
-- [indexes.jobs_tags]
-- pages = 30_000
-- rows = 1_000_000

-- query
SELECT 1;
