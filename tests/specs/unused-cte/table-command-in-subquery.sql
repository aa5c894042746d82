-- TABLE n reads n.
-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);

-- query
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT id FROM users WHERE id IN (TABLE n);
