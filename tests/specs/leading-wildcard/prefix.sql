-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);

-- query
SELECT id FROM users WHERE email LIKE 'abc%';
