-- unique by bytes, compared without case ('ab' and 'AB' are equal there; the embedded server has no ICU locales, so there are no rows)
-- expect: silent
CREATE TABLE song (song_id bigint PRIMARY KEY, isrc text UNIQUE, label_id int NOT NULL, secs numeric(6,2) NOT NULL UNIQUE);
CREATE TABLE play (play_id int PRIMARY KEY, song_id bigint, score double precision, isrc text, secs int);
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- query
SELECT p.play_id FROM play p LEFT JOIN song s ON s.isrc = p.isrc COLLATE ci;
