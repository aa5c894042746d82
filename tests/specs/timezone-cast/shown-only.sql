-- expect: silent
CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz NOT NULL, local timestamp NOT NULL);
CREATE INDEX ON logins (at);
CREATE INDEX ON logins (local);

-- query
SELECT at::date FROM logins WHERE id = 5;
