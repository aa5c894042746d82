-- the index is unique by bytes, the column compares without case ('ab' and 'AB' are equal there; the embedded server has no ICU locales, so there are no rows)
-- expect: silent
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);CREATE TABLE tag (tag_id int, word text COLLATE ci); CREATE UNIQUE INDEX ON tag (word COLLATE "C"); CREATE TABLE pic (pic_id int PRIMARY KEY, word text COLLATE ci);

-- query
SELECT p.pic_id FROM pic p LEFT JOIN tag t ON t.word = p.word;
