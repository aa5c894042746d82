-- expect: found
CREATE TABLE jobs (id bigint PRIMARY KEY, host int NOT NULL, err text);
-- statistics
-- [tables.jobs]
-- rows = 900_000
-- [tables.jobs.columns.id]
-- distinct = -1
-- [tables.jobs.columns.err]
-- nulls = 0.9997
-- distinct = 3

-- query
SELECT id, err FROM jobs WHERE err IS NOT NULL;
