-- expect: found
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
CREATE INDEX ON users (email);

-- query
SELECT d.id FROM (SELECT id, lower(email) AS mail FROM users) d WHERE d.mail = 'a@b';
