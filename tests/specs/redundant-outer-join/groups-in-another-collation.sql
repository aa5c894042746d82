-- groups in another collation ('ab' and 'AB' are equal there; the embedded server has no ICU locales, so there are no rows)
-- expect: silent
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);CREATE TABLE tag (tag_id int PRIMARY KEY, word text); CREATE TABLE pic (pic_id int PRIMARY KEY, word text);

-- query
SELECT p.pic_id FROM pic p LEFT JOIN (SELECT word, count(*) AS n FROM tag GROUP BY word) t ON t.word = p.word COLLATE ci;
