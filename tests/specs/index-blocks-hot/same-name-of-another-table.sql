-- expect: silent
CREATE TABLE sessions (id bigint PRIMARY KEY, account_id int NOT NULL, last_seen timestamptz NOT NULL, state text NOT NULL, data jsonb);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE TABLE devices (id bigint PRIMARY KEY, last_seen timestamptz);
CREATE INDEX devices_last_seen ON devices (last_seen);
-- statistics
-- [tables.sessions]
-- rows = 400_000
-- updates = 90000000
-- hot_updates = 1000000
-- [tables.devices]
-- rows = 400_000
-- updates = 90_000_000
-- hot_updates = 0

-- query
UPDATE sessions SET last_seen = now() WHERE id = $1;
