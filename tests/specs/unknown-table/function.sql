-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT g FROM generate_series(1, 3) g;
