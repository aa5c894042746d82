-- expect: silent
CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL);
CREATE INDEX ON events (kind);
-- statistics
-- [tables.events]
-- rows = 5_000_000
-- [tables.events.columns.kind]
-- distinct = 3
-- [tables.events.columns.note]
-- width = 200

-- query
SELECT at FROM events WHERE kind = 3;
