CREATE TABLE accounts (
    id integer PRIMARY KEY,
    email text NOT NULL
);
CREATE TABLE invoices (
    id integer PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    total integer NOT NULL
);
CREATE INDEX invoices_account_id ON invoices (account_id);
CREATE TABLE devices (
    id integer PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    model text NOT NULL
);
CREATE INDEX devices_account_id ON devices (account_id);
CREATE TABLE logins (
    id bigint PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    logged_in_at timestamptz NOT NULL,
    agent text NOT NULL
);
