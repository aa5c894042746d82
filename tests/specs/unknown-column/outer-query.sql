-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamptz);

-- query
SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM audit.log WHERE u.email IS NOT NULL);
