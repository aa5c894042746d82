-- an index on the expression serves
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);
CREATE INDEX ON users (lower(email));

-- query
SELECT id FROM users WHERE lower(email) = 'a@b';
