-- expect: silent
CREATE EXTENSION pg_trgm;
CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL);
CREATE INDEX ON notes USING gist (title gist_trgm_ops);
-- statistics
-- [tables.notes]
-- rows = 900_000
-- [tables.notes.columns.body]
-- width = 600

-- query
SELECT id FROM notes WHERE title % 'overflow';
