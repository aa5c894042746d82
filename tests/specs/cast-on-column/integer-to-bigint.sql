-- the cast is a function, though the comparison would do without
-- expect: found
CREATE TABLE users (id int PRIMARY KEY, token uuid NOT NULL);
CREATE INDEX ON users (token);

-- query
SELECT token FROM users WHERE id::bigint = 42;
