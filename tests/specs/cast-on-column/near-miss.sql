-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT id FROM users WHERE id = 5 AND email::varchar = 'x';
