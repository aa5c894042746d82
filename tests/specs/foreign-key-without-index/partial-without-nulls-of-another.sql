-- expect: found
CREATE TABLE authors (id int PRIMARY KEY);
CREATE TABLE books (id bigint PRIMARY KEY, author_id int REFERENCES authors, sold_on date);
CREATE INDEX ON books (author_id) WHERE sold_on IS NOT NULL;
-- statistics
-- [tables.books]
-- rows = 800_000

-- query
SELECT 1;
