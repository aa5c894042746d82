-- expect: found
CREATE TABLE users (id int PRIMARY KEY, seen timestamptz NOT NULL);
CREATE INDEX ON users (seen);

-- query
SELECT id FROM users WHERE seen::date = '2024-02-29';
