-- expect: found
CREATE TABLE users (id int PRIMARY KEY, token uuid NOT NULL);
CREATE INDEX ON users (token);

-- query
SELECT id FROM users WHERE token::text = '00000000-0000-0000-0000-000000000003';
