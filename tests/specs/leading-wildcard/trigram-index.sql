-- expect: silent
CREATE EXTENSION pg_trgm;
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);
CREATE INDEX ON users USING gin (email gin_trgm_ops);

-- query
SELECT id FROM users WHERE email LIKE '%abc%';
