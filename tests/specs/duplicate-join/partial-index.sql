-- The unique index covers a part of the rows.
-- expect: silent
CREATE TABLE badge (id int PRIMARY KEY, no int NOT NULL, label text, live boolean NOT NULL);
CREATE UNIQUE INDEX badge_no ON badge (no) WHERE live;

-- data
INSERT INTO badge VALUES (1, 7, 'old', false), (2, 7, 'new', true);

-- query
SELECT a.label, b.label AS other FROM badge a JOIN badge b ON b.no = a.no;

-- naive
SELECT a.label, a.label AS other FROM badge a;
