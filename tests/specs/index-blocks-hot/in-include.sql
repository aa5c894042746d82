-- expect: found
CREATE TABLE sessions (id bigint PRIMARY KEY, account_id int NOT NULL, last_seen timestamptz NOT NULL, state text NOT NULL, data jsonb);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_last_seen ON sessions (account_id, state) INCLUDE (last_seen);
-- statistics
-- [tables.sessions]
-- rows = 400_000
-- updates = 90000000
-- hot_updates = 1000000
-- [indexes.sessions_last_seen]
-- pages = 3000
-- rows = 400_000
-- scans = 1200

-- query
UPDATE sessions SET last_seen = now() WHERE id = $1;
