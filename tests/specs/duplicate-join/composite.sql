-- The whole composite key.
-- expect: found
CREATE TABLE label (key int NOT NULL, lang text NOT NULL, title text, UNIQUE (key, lang));

-- data
INSERT INTO label VALUES (10, 'en', 'ten'), (10, 'de', 'zehn'), (11, 'en', 'eleven'), (12, 'de', NULL);

-- query
SELECT a.title, b.lang FROM label a JOIN label b ON b.key = a.key AND b.lang = a.lang;
