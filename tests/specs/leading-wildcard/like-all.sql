-- The prefix leads to few rows.
-- expect: silent
CREATE TABLE wines (id int PRIMARY KEY, label text NOT NULL);
CREATE INDEX ON wines (label text_pattern_ops);

-- query
SELECT id FROM wines WHERE label LIKE ALL (ARRAY['Ries%', '%5999']);
