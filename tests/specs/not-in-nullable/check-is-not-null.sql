-- check is not null
-- expect: silent
CREATE DOMAIN email_t AS text NOT NULL;
CREATE TABLE member (member_id int PRIMARY KEY, mail text NOT NULL, sponsor_id int, city text, joined date, points int CHECK (points > 0));
CREATE TABLE ban (ban_id int PRIMARY KEY, member_id int, mail text, city text NOT NULL, score int CHECK (score > 0), nn int CHECK (nn IS NOT NULL), dmail email_t);
CREATE INDEX ON ban (member_id);

-- query
SELECT m.mail FROM member m WHERE m.points NOT IN (SELECT b.nn FROM ban b);
