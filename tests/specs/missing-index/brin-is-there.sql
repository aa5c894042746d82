-- expect: silent
CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, amount int NOT NULL, note text NOT NULL);
CREATE INDEX ON events USING brin (at);
-- statistics
-- [tables.events]
-- rows = 80_000_000
-- [tables.events.columns.at]
-- distinct = -1
-- correlation = 0.999
-- min = "2020-01-01"
-- max = "2026-01-01"
-- [tables.events.columns.note]
-- width = 200

-- query
SELECT sum(amount) FROM events WHERE at >= '2025-03-01' AND at < '2025-03-02';
