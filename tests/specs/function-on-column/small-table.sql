-- one page is read whole
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);

-- statistics
-- [tables.users]
-- rows = 100

-- query
SELECT id FROM users WHERE lower(email) = 'a@b';
