-- computed for one row, the other side is looked up
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);
CREATE TABLE logins (email text NOT NULL, at timestamp NOT NULL);
CREATE INDEX ON logins (email);

-- query
SELECT l.at FROM users u JOIN logins l ON l.email = lower(u.email) WHERE u.id = 5;
