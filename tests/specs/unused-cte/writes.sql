-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
WITH gone AS (DELETE FROM users WHERE id = 1 RETURNING id) SELECT 1;
