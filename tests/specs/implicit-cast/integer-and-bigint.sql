-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);

-- query
SELECT email FROM users WHERE id = 42::bigint;
