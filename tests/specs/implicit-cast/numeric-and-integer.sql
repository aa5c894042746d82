-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, price numeric NOT NULL);
CREATE INDEX ON users (price);

-- query
SELECT id FROM users WHERE price = 5;
