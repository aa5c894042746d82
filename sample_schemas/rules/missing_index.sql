CREATE TABLE events (
    id     bigint PRIMARY KEY,
    kind   int NOT NULL,
    shop   int NOT NULL,
    state  text NOT NULL,
    at     timestamptz NOT NULL,
    stored timestamptz NOT NULL,
    amount int NOT NULL,
    code   text NOT NULL,
    note   text NOT NULL,
    tags   text[] NOT NULL,
    doc    jsonb NOT NULL
);
CREATE INDEX events_kind ON events (kind);
CREATE TABLE replies (id bigint PRIMARY KEY, event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE, text text NOT NULL);
CREATE EXTENSION pg_trgm;
