-- expect: silent
CREATE TABLE jobs (id bigint PRIMARY KEY, state varchar(10) NOT NULL, queue int NOT NULL, body text NOT NULL);
CREATE INDEX jobs_todo ON jobs USING btree (queue) WHERE ((state)::text = ANY ((ARRAY['new'::character varying, 'held'::character varying])::text[]));
-- statistics
-- [tables.jobs]
-- rows = 900_000
-- [tables.jobs.columns.state]
-- values = { done = 0.998, new = 0.001, held = 0.001 }
-- [tables.jobs.columns.queue]
-- distinct = 40
-- [tables.jobs.columns.body]
-- width = 200

-- query
SELECT id, body FROM jobs WHERE state = 'new' AND queue = 7;
