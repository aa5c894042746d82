-- expect: found
CREATE TABLE tags (id int PRIMARY KEY, code char(6) NOT NULL);
CREATE INDEX ON tags (code);

-- query
SELECT id FROM tags WHERE code::char(2) = 'T5';
