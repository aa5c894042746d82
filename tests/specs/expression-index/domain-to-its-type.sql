-- The planner drops casts that leave the value as it is stored.
-- expect: silent
CREATE DOMAIN iban AS text CHECK (VALUE <> '');
CREATE TABLE accounts (no int PRIMARY KEY, iban iban NOT NULL, ref varchar(40) NOT NULL);
CREATE UNIQUE INDEX ON accounts (iban);
CREATE INDEX ON accounts (ref);
-- statistics
-- [tables.accounts]
-- rows = 600_000
-- [tables.accounts.columns.iban]
-- distinct = -1
-- width = 20
-- [tables.accounts.columns.ref]
-- distinct = -1
-- width = 9

-- query
SELECT no FROM accounts WHERE iban::text = 'DE77';
