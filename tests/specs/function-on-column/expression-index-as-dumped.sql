-- pg_dump writes the cast that PostgreSQL added
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, tail char(8) NOT NULL);
CREATE INDEX ON users (lower((tail)::text));

-- query
SELECT id FROM users WHERE lower(tail) = 'a';
