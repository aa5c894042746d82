-- expect: silent
CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, amount int NOT NULL, note text NOT NULL);
CREATE INDEX ON events (at);
-- statistics
-- [tables.events]
-- rows = 5_000_000
-- [tables.events.columns.kind]
-- distinct = 500
-- [tables.events.columns.note]
-- width = 200
-- [tables.events.columns.at]
-- distinct = -1

-- query
SELECT amount FROM events WHERE at = $1;
