-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
-- whyslow: ignore deep-offset (the export is small)
SELECT id FROM users ORDER BY id OFFSET 50000 LIMIT 10;
