-- expect: found
CREATE TABLE users (id int PRIMARY KEY, status text);
CREATE INDEX ON users (status);

-- query
SELECT id FROM users WHERE coalesce(status, 'new') = 'done';
