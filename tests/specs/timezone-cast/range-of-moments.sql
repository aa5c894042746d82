-- expect: silent
CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz NOT NULL, local timestamp NOT NULL);
CREATE INDEX ON logins (at);
CREATE INDEX ON logins (local);

-- query
SELECT id FROM logins WHERE at >= '2026-03-01' AND at < '2026-03-02';
