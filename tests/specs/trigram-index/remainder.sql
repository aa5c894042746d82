-- % between numbers is another operator
-- expect: silent
CREATE EXTENSION pg_trgm;
CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL);
-- statistics
-- [tables.notes]
-- rows = 900_000
-- [tables.notes.columns.body]
-- width = 600

-- query
SELECT title FROM notes WHERE id % 10 = 3;
