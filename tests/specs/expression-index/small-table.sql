-- expect: silent
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, born date NOT NULL, profile jsonb NOT NULL);
-- statistics
-- [tables.users]
-- rows = 60

-- query
SELECT id FROM users WHERE profile ->> 'country' = 'FI';
