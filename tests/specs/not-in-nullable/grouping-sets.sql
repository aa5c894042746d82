-- grouping sets
-- expect: found
CREATE DOMAIN email_t AS text NOT NULL;
CREATE TABLE member (member_id int PRIMARY KEY, mail text NOT NULL, sponsor_id int, city text, joined date, points int CHECK (points > 0));
CREATE TABLE ban (ban_id int PRIMARY KEY, member_id int, mail text, city text NOT NULL, score int CHECK (score > 0), nn int CHECK (nn IS NOT NULL), dmail email_t);
CREATE INDEX ON ban (member_id);

-- data
INSERT INTO member VALUES (1,'a',NULL,'x','2024-01-01',1),(2,'b',1,NULL,NULL,NULL),(3,'c',2,'y','2024-01-03',5);
INSERT INTO ban VALUES (1,1,'a','x',2,1,'k'),(2,NULL,NULL,'z',NULL,2,'k'),(3,4,'','z',3,4,'z');

-- query
SELECT m.mail FROM member m WHERE m.city NOT IN (SELECT b.city FROM ban b GROUP BY ROLLUP (b.city));
