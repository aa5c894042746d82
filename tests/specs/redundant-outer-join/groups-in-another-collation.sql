-- groups in another collation
-- expect: silent
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);CREATE TABLE tag (tag_id int PRIMARY KEY, word text); CREATE TABLE pic (pic_id int PRIMARY KEY, word text);

-- data
INSERT INTO tag VALUES (1,'ab'),(2,'AB');
INSERT INTO pic VALUES (1,'ab');

-- query
SELECT p.pic_id FROM pic p LEFT JOIN (SELECT word, count(*) AS n FROM tag GROUP BY word) t ON t.word = p.word COLLATE ci;

-- naive
SELECT p.pic_id FROM pic p;
