-- the primary key leads to one row
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);

-- query
SELECT id FROM users WHERE lower(email) = 'a@b' AND id = 5;
