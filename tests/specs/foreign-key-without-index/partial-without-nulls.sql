-- expect: silent
CREATE TABLE authors (id int PRIMARY KEY);
CREATE TABLE books (id bigint PRIMARY KEY, author_id int REFERENCES authors);
CREATE INDEX ON books (author_id) WHERE author_id IS NOT NULL;
-- statistics
-- [tables.books]
-- rows = 800_000

-- query
SELECT 1;
