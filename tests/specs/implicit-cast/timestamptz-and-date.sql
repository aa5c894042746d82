-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, seen timestamptz NOT NULL);
CREATE INDEX ON users (seen);

-- query
SELECT id FROM users WHERE seen >= DATE '2024-01-01';
