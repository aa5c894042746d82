-- expect: found
CREATE TABLE wines (id int PRIMARY KEY, label text NOT NULL);
CREATE INDEX ON wines (label text_pattern_ops);

-- query
SELECT id FROM wines WHERE label SIMILAR TO '%(5998|5999)';
