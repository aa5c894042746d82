-- all rows of one table against all of the other: a hash join reads both once
-- expect: silent
CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL);
CREATE INDEX ON accounts (email);
CREATE TABLE leads (id bigint PRIMARY KEY, mail text NOT NULL);

-- query
SELECT l.id FROM leads l WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE lower(a.email) = lower(l.mail));
