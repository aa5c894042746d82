-- One open pattern is enough for all values to be read.
-- expect: found
CREATE TABLE wines (id int PRIMARY KEY, label text NOT NULL);
CREATE INDEX ON wines (label text_pattern_ops);

-- query
SELECT id FROM wines WHERE label LIKE ANY (ARRAY['Ries%', '%5999']);
