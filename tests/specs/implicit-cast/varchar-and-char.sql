-- expect: found
CREATE TABLE users (id int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE INDEX ON users (name);

-- query
SELECT id FROM users WHERE name = 'a'::char(5);
