-- expect: silent
CREATE TABLE users (id int PRIMARY KEY, code text COLLATE "C" NOT NULL);
CREATE INDEX ON users (code);

-- query
SELECT id FROM users WHERE code LIKE 'abc%';
