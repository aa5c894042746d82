-- a relabelling
-- expect: silent
CREATE DOMAIN number AS int;
CREATE TABLE users (id int PRIMARY KEY, no number NOT NULL);
CREATE INDEX ON users (no);

-- query
SELECT id FROM users WHERE no::int = 5;
