-- the planner joins the tables, and one row drives the lookup
-- expect: found
CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL);
CREATE INDEX ON accounts (email);
CREATE TABLE leads (id bigint PRIMARY KEY, mail text NOT NULL);

-- query
SELECT l.id FROM leads l WHERE l.id = 7 AND NOT EXISTS (SELECT 1 FROM accounts a WHERE lower(a.email) = lower(l.mail));
