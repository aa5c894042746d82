-- expect: found
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, born date NOT NULL, profile jsonb NOT NULL);
-- statistics
-- [tables.users]
-- rows = 900_000
-- [tables.users.columns.email]
-- distinct = -1
-- width = 24

-- query
SELECT id FROM users WHERE profile ->> 'country' = 'FI';
