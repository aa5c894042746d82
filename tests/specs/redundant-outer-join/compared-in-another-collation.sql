-- unique by bytes, compared without case
-- expect: silent
CREATE TABLE song (song_id bigint PRIMARY KEY, isrc text UNIQUE, label_id int NOT NULL, secs numeric(6,2) NOT NULL UNIQUE);
CREATE TABLE play (play_id int PRIMARY KEY, song_id bigint, score double precision, isrc text, secs int);
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- data
INSERT INTO song VALUES (1,'ab',1,1),(2,'AB',1,2);
INSERT INTO play VALUES (1,1,2,'ab',1);

-- query
SELECT p.play_id FROM play p LEFT JOIN song s ON s.isrc = p.isrc COLLATE ci;

-- naive
SELECT p.play_id FROM play p;
