-- expect: found
CREATE EXTENSION pg_trgm;
CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL);
-- statistics
-- [tables.notes]
-- rows = 900_000
-- [tables.notes.columns.body]
-- width = 600

-- query
SELECT id FROM notes WHERE body ILIKE ANY (ARRAY['%disk%', '%full%']);
