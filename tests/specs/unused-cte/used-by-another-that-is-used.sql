-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
WITH a AS (SELECT id FROM users), b AS (SELECT id FROM a) SELECT id FROM b;
