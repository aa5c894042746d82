-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, seen timestamptz NOT NULL);
CREATE INDEX ON users (seen);

-- query
SELECT id FROM users WHERE seen >= TIMESTAMP '2024-02-29' AT TIME ZONE 'Europe/Berlin';
