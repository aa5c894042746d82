-- expect: found
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT id FROM users; -- whyslow: ignore deep-offset

SELECT id FROM users ORDER BY id OFFSET 50000 LIMIT 10;
