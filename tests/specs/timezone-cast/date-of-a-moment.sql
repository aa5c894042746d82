-- expect: found
CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz NOT NULL, local timestamp NOT NULL);
CREATE INDEX ON logins (at);
CREATE INDEX ON logins (local);

-- query
SELECT id FROM logins WHERE at::date = '2026-03-01';
