-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);

-- query
WITH n AS (SELECT 1 AS id) SELECT id FROM users WHERE id = ANY (ARRAY(TABLE n));
