-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);

-- query
WITH n AS (SELECT 7 AS id, 'a' AS email) INSERT INTO users TABLE n;
