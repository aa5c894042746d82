-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
WITH recent AS (SELECT id FROM users) SELECT id FROM recent;
