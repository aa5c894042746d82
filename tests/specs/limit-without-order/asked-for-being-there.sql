-- expect: silent
CREATE TABLE readers (id int PRIMARY KEY, card text NOT NULL UNIQUE, branch text NOT NULL);
CREATE TABLE loans (id int PRIMARY KEY, reader_id int NOT NULL REFERENCES readers, fine int NOT NULL, state text NOT NULL);
CREATE INDEX ON loans (reader_id);

-- query
SELECT r.card FROM readers r WHERE (SELECT l.id FROM loans l WHERE l.reader_id = r.id LIMIT 1) IS NOT NULL;
