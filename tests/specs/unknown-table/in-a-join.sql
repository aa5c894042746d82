-- expect: found
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT u.id FROM users u JOIN acounts a ON a.id = u.id;
