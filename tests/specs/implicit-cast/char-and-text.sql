-- expect: found
CREATE TABLE users (id int PRIMARY KEY, tail char(8) NOT NULL);
CREATE INDEX ON users (tail);

-- query
SELECT id FROM users WHERE tail = 'D-777'::text;
