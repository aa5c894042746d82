-- A job that comes back for the rest.
-- expect: silent
CREATE TABLE readers (id int PRIMARY KEY, card text NOT NULL UNIQUE, branch text NOT NULL);
CREATE TABLE loans (id int PRIMARY KEY, reader_id int NOT NULL REFERENCES readers, fine int NOT NULL, state text NOT NULL);
CREATE INDEX ON loans (reader_id);

-- query
DELETE FROM loans WHERE ctid = ANY (ARRAY(SELECT ctid FROM loans WHERE state = 'lost' LIMIT 1000));
