-- bpchar has no length to cut to.
-- expect: silent
CREATE TABLE tags (id int PRIMARY KEY, code char(6) NOT NULL);
CREATE INDEX ON tags (code);

-- query
SELECT id FROM tags WHERE code::bpchar = 'T500';
