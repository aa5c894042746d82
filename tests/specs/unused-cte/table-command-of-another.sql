-- expect: found
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);

-- data
INSERT INTO users VALUES (1, 'a'), (2, 'b');

-- query
WITH n AS (SELECT id FROM users), m AS (SELECT 1 AS id) SELECT id FROM users WHERE id IN (TABLE m);

-- naive
SELECT id FROM users;
