-- expect: found
CREATE TABLE readers (id int PRIMARY KEY, card text NOT NULL UNIQUE, branch text NOT NULL);
CREATE TABLE loans (id int PRIMARY KEY, reader_id int NOT NULL REFERENCES readers, fine int NOT NULL, state text NOT NULL);
CREATE INDEX ON loans (reader_id);

-- query
SELECT id FROM loans ORDER BY (SELECT NULL) LIMIT 50;
