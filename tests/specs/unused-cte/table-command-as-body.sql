-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);

-- query
WITH n AS (SELECT id FROM users) TABLE n;
