-- expect: found
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT id FROM user_s;
